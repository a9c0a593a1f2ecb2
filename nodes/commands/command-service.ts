import { type Aggregate, type Handled, openAggregate } from '../platform/kit/decider/aggregate.ts'
import { unaudited } from '../platform/kit/audit/scope.ts'
import { steadyDecider, toldAnew } from '../platform/kit/jobs/reckoned.ts'
import { lookEveryMs } from '../platform/kit/jobs/runner.ts'
import { Unavailable } from '../platform/kit/unavailable.ts'
import type { Platform } from '../platform/platform.ts'
import type { Collection } from '../platform/store/port.ts'
import { type Bulks, openBulks } from './bulk.ts'
import { checkCommand } from '../devices/check-command.ts'
import {
  atOnce,
  type Command,
  commandCollection,
  type CommandDocument,
  type CommandValue,
  isOpen,
  manualSources,
  viewCommand,
} from './command.ts'
import {
  type CommandCommand,
  commandDecider,
  type CommandEvent,
  type CommandRefusal,
  type CommandState,
  type DeviceAnswer,
  type NewCommand,
} from './command-decider.ts'
import {
  type CommandQuery,
  findLogged,
  findNewestByHand,
  findNextOrder,
  findOpen,
  findUnderWay,
  supersededBy,
} from './command-log.ts'
import {
  archiveCursor,
  type ArchivedPage,
  archivePlaceOf,
  archiveStart,
  type CommandArchive,
} from './command-archive.ts'
import { CommandPublisher, type PublisherParts } from './command-publisher.ts'
import { type EndListener, Endings } from './endings.ts'
import { answerTo, type Said } from './foreign-answer.ts'
import { movedCommand } from './moved.ts'
import type { Overseer } from './overseer.ts'

export const commandJobName = 'commands'

export interface CommandRequest {
  readonly deviceId: string
  readonly action: string
  readonly value?: CommandValue | undefined
  readonly source: Command['source']
  readonly requestedBy?: string | undefined
  readonly whenOffline?: Command['whenOffline'] | undefined
  readonly expiresInMs?: number | undefined
  readonly ackTimeoutMs?: number | undefined
  readonly attempts?: number | undefined
  readonly askedByNode?: string | undefined
  readonly bulkId?: string | undefined
  /** Asked for once, however often; a new one if absent. */
  readonly id?: string
}

export type Issued =
  | { readonly kind: 'issued'; readonly command: Command }
  | { readonly kind: 'no-device' }
  /** Something that is over commands by hand does not let it through. */
  | { readonly kind: 'held'; readonly message: string }
  | { readonly kind: 'wrong'; readonly path: 'action' | 'value'; readonly message: string }

type Outcome = Handled<CommandState, CommandEvent, CommandRefusal>

export interface SaidBy extends Said {
  readonly deviceId: string
}

export type Answered = 'recorded' | 'unknown'

export interface CommandParts
  extends PublisherParts, Pick<Platform, 'jobs' | 'live' | 'relay' | 'secrets' | 'store'> {
  /** Where neither the class nor the call says. */
  readonly ackTimeoutMs: number
  readonly archive: Pick<CommandArchive, 'page'>
}

/** How long a command waits for an offline device when nobody says. */
const defaultHoldMs = 7 * 24 * 3_600_000
/** Most commands are over by then, and so are others: what is told of them is one write, and in nobody's way. */
const announceWithinMs = 50
/** Of what ends on another instance nobody tells. */
const askAgainMs = 200
const isManual = ({ source }: CommandRequest): boolean => manualSources.some((each) => each === source)

/** Commands to devices, from the request to the outcome. */
export class Commands {
  readonly bulks: Bulks
  readonly publisher: CommandPublisher
  /** For which no attempt is early or late by what the clock was set by. */
  readonly decider: typeof commandDecider
  readonly #parts: CommandParts
  readonly #aggregate: Aggregate<CommandState, CommandCommand, CommandEvent, CommandRefusal>
  readonly #endings: Endings
  #overseer: Overseer | undefined

  constructor(parts: CommandParts) {
    this.#parts = parts
    this.#endings = new Endings(parts.clock)
    this.bulks = openBulks(parts)
    this.publisher = new CommandPublisher(parts)
    this.decider = steadyDecider(commandDecider, parts.clock, movedCommand)
    this.#aggregate = openAggregate({
      ...parts,
      collection: commandCollection,
      decider: this.decider,
      announceWithinMs,
      isDecidedInWrite: true,
    })
  }

  /** Checks it against the device's class; what is on its way for the same field is cancelled. */
  async issue(orgId: string, request: CommandRequest): Promise<Issued> {
    const { clock, directory, jobs, secrets } = this.#parts
    const record = directory.lookup(request.deviceId)
    if (record?.orgId !== orgId) return { kind: 'no-device' }
    const checked = checkCommand(record.deviceClass, request.action, request.value)
    if (checked.kind === 'wrong') return checked
    const {
      ackTimeoutMs = this.#parts.ackTimeoutMs,
      attempts,
      backoffMs,
      movesField = null,
    } = checked.command
    const admitted =
      movesField === null || !isManual(request)
        ? undefined
        : await this.#overseer?.admit(orgId, record.device.id, movesField)
    if (admitted !== undefined && 'refused' in admitted) return { kind: 'held', message: admitted.refused }
    const order = await this.nextOrder(orgId, record.device.id, admitted?.after)
    const { deviceId, expiresInMs, whenOffline = 'retry' } = request
    const livesMs = expiresInMs ?? (whenOffline === 'hold' ? defaultHoldMs : undefined)
    const id = request.id ?? secrets.newId()
    const outcome = await this.#begin(orgId, {
      id,
      deviceId,
      action: request.action,
      value: checked.value,
      field: movesField,
      source: request.source,
      requestedBy: request.requestedBy ?? null,
      whenOffline,
      ackTimeoutMs: request.ackTimeoutMs ?? ackTimeoutMs,
      maxAttempts: request.attempts ?? attempts,
      backoffMs,
      expiresAtMs: livesMs === undefined ? null : clock.nowMs() + livesMs,
      askedByNode: request.askedByNode ?? null,
      bulkId: request.bulkId ?? null,
      order,
    })
    if (outcome.kind !== 'done') {
      const command = await this.get(orgId, id)
      if (command?.deviceId === deviceId) return { kind: 'issued', command }
      throw new Error(`a new command was ${outcome.kind}`)
    }
    const command = outcome.state
    const isSent = command.status === 'sent'
    if (isSent) unaudited(() => void this.publisher.publish(orgId, command))
    else await this.#supersede(orgId, command)
    // Of what is due later the job hears in time by itself.
    if (!isSent || command.ackTimeoutMs < lookEveryMs) jobs.wake(commandJobName)
    this.#tell(orgId, command)
    await admitted?.issued?.(command)
    if (admitted?.issued === undefined) return { kind: 'issued', command }
    return { kind: 'issued', command: (await this.get(orgId, id)) ?? command }
  }

  /** Where nothing is on its way to the device, the first attempt is written with the command itself, and made at once. */
  async #begin(orgId: string, command: Omit<NewCommand, 'wentAtOnceTo'>): Promise<Outcome> {
    const begin = (wentAtOnceTo: string | null): Promise<Outcome> =>
      this.#aggregate.begin(orgId, command.id, {
        type: 'IssueCommand',
        command: { ...command, wentAtOnceTo },
      })
    const mayGo = command.whenOffline === 'retry' && (await this.openOf(orgId, command.deviceId)).length === 0
    const outcome = await begin(mayGo ? command.deviceId : null)
    // Another has gone to the device in the same moment.
    return outcome.kind === 'duplicate' && outcome.key === atOnce ? begin(null) : outcome
  }

  async get(orgId: string, id: string): Promise<Command | undefined> {
    return (await this.#documents(orgId).get(id))?.document
  }

  /**
   * The log of a device, newest first, and behind it what is archived; undefined for a device that is not there.
   * @throws InvalidCursor, ArchiveUnavailable
   */
  async list(orgId: string, deviceId: string, query: CommandQuery): Promise<ArchivedPage | undefined> {
    const { archive, directory } = this.#parts
    if (directory.lookup(deviceId)?.orgId !== orgId) return undefined
    const place = archivePlaceOf(query.cursor)
    if (place !== undefined) return archive.page(orgId, deviceId, query, place)
    const { items, nextCursor } = await findLogged(this.#documents(orgId), deviceId, query)
    const logged = items.map(({ document }) => document)
    if (nextCursor !== undefined) return { items: logged, nextCursor }
    const room = query.limit - logged.length
    const further = { items: logged, nextCursor: archiveCursor(archiveStart) }
    try {
      const archived = await archive.page(
        orgId,
        deviceId,
        { ...query, limit: Math.max(1, room) },
        archiveStart,
      )
      if (room > 0) return { ...archived, items: [...logged, ...archived.items] }
      return archived.items.length === 0 ? { items: logged } : further
    } catch (error) {
      // The log itself is there: whoever wants more is told when they ask for it.
      if (error instanceof Unavailable && logged.length > 0) return further
      throw error
    }
  }

  /** What a device answered. */
  async answer(orgId: string, deviceId: string, answer: DeviceAnswer): Promise<Answered> {
    const outcome = await this.#handle(orgId, answer.commandId, { type: 'AnswerCommand', deviceId, answer })
    return outcome.kind === 'done' ? 'recorded' : 'unknown'
  }

  /** What devices of other makes said, which may be answers to the commands they have in hand; the oldest it fits. */
  async hear(orgId: string, said: readonly SaidBy[]): Promise<void> {
    const open = await findUnderWay(this.#documents(orgId), [
      ...new Set(said.map(({ deviceId }) => deviceId)),
    ])
    if (open.length === 0) return
    const answered = new Set<string>()
    for (const each of said) {
      const record = this.#parts.directory.lookup(each.deviceId)
      if (record?.orgId !== orgId) continue
      for (const command of open) {
        if (command.deviceId !== each.deviceId || answered.has(command.id)) continue
        const answer = answerTo(each, command, record)
        if (answer === undefined) continue
        answered.add(command.id)
        await this.answer(orgId, each.deviceId, answer)
        break
      }
    }
  }

  cancel(orgId: string, id: string, reason: string): Promise<Outcome> {
    return this.#handle(orgId, id, { type: 'CancelCommand', reason })
  }

  /** The job has written what has become of a command. */
  async noted(orgId: string, before: CommandDocument, after: CommandDocument): Promise<void> {
    if (after.eventSeq === before.eventSeq) return
    this.#parts.relay.offer(commandCollection, orgId, after, announceWithinMs)
    await this.#changed(orgId, after, isOpen(before) && !isOpen(after))
  }

  /**
   * When it is over, or as it is after so long.
   * @param command as it is at this moment: just issued, or just read
   */
  async whenEnded(orgId: string, command: Command, withinMs: number): Promise<Command> {
    const { clock } = this.#parts
    const untilMs = clock.monotonicMs() + withinMs
    let latest = command
    for (;;) {
      const leftMs = untilMs - clock.monotonicMs()
      if (!isOpen(latest) || leftMs <= 0) return latest
      const ended = await this.#endings.endOf(command.id, Math.min(leftMs, askAgainMs))
      latest = ended ?? (await this.get(orgId, command.id)) ?? latest
    }
  }

  /** As {@link findNextOrder}. */
  nextOrder(orgId: string, deviceId: string, after?: number): Promise<number> {
    return findNextOrder(this.#documents(orgId), deviceId, { after, nowMs: this.#parts.clock.nowMs() })
  }

  /** As {@link findNewestByHand}. */
  newestByHand(orgId: string, deviceId: string, field: string): Promise<Command | undefined> {
    return findNewestByHand(this.#documents(orgId), deviceId, field)
  }

  oversee(overseer: Overseer): void {
    this.#overseer = overseer
  }

  /** Told of commands that end here: each ends on one instance. The result ends it. */
  onEnd(listener: EndListener): () => void {
    return this.#endings.onEnd(listener)
  }

  /** Commands of the device that are not over, the oldest first. */
  openOf(orgId: string, deviceId: string): Promise<readonly CommandDocument[]> {
    return findOpen(this.#documents(orgId), deviceId)
  }

  async #handle(orgId: string, id: string, command: CommandCommand): Promise<Outcome> {
    const outcome = await this.#aggregate.handle(orgId, id, command)
    if (outcome.kind !== 'done' || outcome.events.length === 0) return outcome
    const isLate = outcome.events.some(({ type }) => type === 'CommandAnsweredLate')
    await this.#changed(orgId, outcome.state, !isOpen(outcome.state) && !isLate)
    return outcome
  }

  async #changed(orgId: string, command: Command, hasEnded: boolean): Promise<void> {
    this.#tell(orgId, command)
    if (!hasEnded) return
    this.#endings.tell(orgId, command)
    await this.#nextOf(orgId, command.deviceId)
  }

  /** Whoever waited behind one that is over goes now. */
  async #nextOf(orgId: string, deviceId: string): Promise<void> {
    const { clock, jobs } = this.#parts
    const next = (await this.openOf(orgId, deviceId)).find(({ status }) => status === 'pending')
    if (next === undefined) return
    const [nowMs, reckoned] = [clock.nowMs(), clock.reckoning()]
    await this.#documents(orgId).update(next.id, (current) =>
      current.status === 'pending'
        ? { ...toldAnew(current, reckoned, movedCommand), dueAtMs: nowMs, reckoned }
        : current,
    )
    jobs.wake(commandJobName)
  }

  /** Of several for one field the newest wins. */
  async #supersede(orgId: string, { deviceId, field, id, order }: Command): Promise<void> {
    if (field === null) return
    for (const other of await this.openOf(orgId, deviceId)) {
      const isOlder = other.order < order || (other.order === order && other.id < id)
      if (other.field === field && other.id !== id && isOlder)
        await this.#handle(orgId, other.id, { type: 'CancelCommand', reason: `${supersededBy}${id}` })
    }
  }

  #tell(orgId: string, command: Command): void {
    const { live } = this.#parts
    if (live.isWatched(orgId, command.deviceId, 'command'))
      live.publish(orgId, { name: 'command', ...viewCommand(command) })
  }

  #documents(orgId: string): Collection<CommandDocument> {
    return this.#parts.store.organization(orgId).collection(commandCollection)
  }
}

import { z } from 'zod'
import { doorOpensEarlyMs } from '../booking/booking-times.ts'
import type { Bookings } from '../booking/bookings.ts'
import type { Pods } from '../booking/pods.ts'
import type { Commands } from '../commands/command-service.ts'
import { isOpen } from '../commands/command.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { type Aggregate, openAggregate } from '../platform/kit/decider/aggregate.ts'
import type { KeyedHash } from '../platform/keyed-hash.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection } from '../platform/store/port.ts'
import type { AccessCodes } from './access-codes.ts'
import { type CodeSet, codeSetOf, type LockCode, markOf } from './epoch.ts'
import {
  announceLock,
  isHeld,
  type Lock,
  lockCollection,
  type LockCommand,
  lockDecider,
  type LockDocument,
  type LockEvent,
  type LockRefusal,
  lockRules,
} from './lock.ts'

export const provisionAction = 'provisionCodes'

export interface LockParts extends Pick<Platform, 'clock' | 'relay' | 'store'> {
  readonly key: KeyedHash
  readonly codes: AccessCodes
  readonly bookings: Pick<Bookings, 'withCode'>
  readonly pods: Pick<Pods, 'get' | 'idsOf'>
  readonly commands: Pick<Commands, 'cancel' | 'get' | 'issue' | 'openOf'>
}

/** Brings pods that judge codes by themselves the codes that they are to know. */
export class Locks {
  readonly #parts: LockParts
  readonly #mark: string
  readonly #aggregate: Aggregate<Lock, LockCommand, LockEvent, LockRefusal>

  constructor(parts: LockParts) {
    this.#parts = parts
    this.#mark = markOf(parts.key)
    this.#aggregate = openAggregate<Lock, LockCommand, LockEvent, LockRefusal>({
      ...parts,
      collection: lockCollection,
      decider: lockDecider,
      announce: announceLock,
    })
  }

  async get(orgId: string, podId: string): Promise<Lock | undefined> {
    return (await this.#locks(orgId).get(podId))?.document
  }

  /** Has the pod know what it is to know by now: a new epoch where that is something else. May be done again. */
  async keep(orgId: string, podId: string): Promise<void> {
    for (;;) {
      const known = await this.get(orgId, podId)
      const pod = await this.#parts.pods.get(orgId, podId)
      if (pod === undefined || (pod.accessMode === 'online' && known === undefined)) return
      const kept = await this.#aggregate.handle(orgId, podId, {
        type: 'KeepCodes',
        after: known?.epoch ?? 0,
        podId,
        mode: pod.accessMode,
        codes: pod.accessMode === 'offline' ? await this.#wanted(orgId, podId) : [],
        keyMark: this.#mark,
        isStuck: known !== undefined && !(await this.#isUnderWay(orgId, known)),
      })
      if (kept.kind === 'refused' && kept.refusal === 'overtaken') continue
      if (kept.kind === 'done' && !isHeld(kept.state)) await this.#provision(orgId, kept.state)
      return
    }
  }

  /** The pod has taken a set. Others' commands are none of its business. */
  async note({ aggregateId, orgId, type }: DomainEvent): Promise<void> {
    const named = type === 'CommandAcknowledged' ? commandIdSchema.safeParse(aggregateId).data : undefined
    if (named === undefined) return
    await this.#aggregate.handle(orgId, named.podId, { type: 'NoteHeld', ...named })
  }

  /** Those of which the key has been in use for long enough, whose mode was changed, or whose set did not come. */
  async keepAll(orgId: string, signal: AbortSignal): Promise<void> {
    const offline = await this.#parts.pods.idsOf(orgId, { accessMode: 'offline' })
    const locks = new Map<string, Lock>()
    for await (const { document } of everyDocument(this.#locks(orgId))) locks.set(document.id, document)
    const nowMs = this.#parts.clock.nowMs()
    for (const podId of new Set([...offline, ...locks.keys()])) {
      if (signal.aborted) return
      const lock = locks.get(podId)
      const isRight = lock?.mode === (offline.includes(podId) ? 'offline' : 'online')
      const isFresh = lock?.keyMark === this.#mark && nowMs < (lock.rotatesAtMs ?? Number.POSITIVE_INFINITY)
      if (!isRight || !isFresh || !isHeld(lock)) await this.keep(orgId, podId)
    }
  }

  /** What is sent with the command: as it is when it is sent, so that nothing of it is on the log. */
  async setOf(orgId: string, podId: string): Promise<CodeSet | undefined> {
    const lock = await this.get(orgId, podId)
    return lock === undefined ? undefined : codeSetOf(this.#parts.key, orgId, podId, lock)
  }

  async #wanted(orgId: string, podId: string): Promise<LockCode[]> {
    const { bookings, codes } = this.#parts
    const wanted: LockCode[] = []
    for (const booking of await bookings.withCode(orgId, podId, lockRules.maxCodes)) {
      const issued = await codes.issue(orgId, booking.id)
      if (issued?.podId !== podId) continue
      wanted.push({
        bookingId: booking.id,
        n: issued.n,
        issuedIn: issued.issuedIn,
        fromMs: booking.startMs - doorOpensEarlyMs,
        untilMs: booking.endMs,
      })
    }
    return wanted
  }

  async #provision(orgId: string, { epoch, id: podId }: Lock): Promise<void> {
    const { commands } = this.#parts
    const id = commandIdOf(podId, epoch)
    for (const open of await commands.openOf(orgId, podId)) {
      if (open.action !== provisionAction || open.id === id) continue
      // Whoever began a newer epoch sees to it.
      if ((commandIdSchema.safeParse(open.id).data?.epoch ?? 0) > epoch) return
      await commands.cancel(orgId, open.id, 'there are other codes by now')
    }
    await commands.issue(orgId, {
      id,
      deviceId: podId,
      action: provisionAction,
      value: epoch,
      source: 'booking',
      whenOffline: 'hold',
    })
  }

  async #isUnderWay(orgId: string, { epoch, id }: Lock): Promise<boolean> {
    const command = await this.#parts.commands.get(orgId, commandIdOf(id, epoch))
    return command !== undefined && isOpen(command)
  }

  #locks(orgId: string): Collection<LockDocument> {
    return this.#parts.store.organization(orgId).collection(lockCollection)
  }
}

const commandIdOf = (podId: string, epoch: number): string => `codes/${podId}/${epoch}`

const commandIdSchema = z
  .string()
  .regex(/^codes\/[^/]+\/\d+$/)
  .transform((id) => {
    const [, podId = '', epoch] = id.split('/')
    return { podId, epoch: Number(epoch) }
  })

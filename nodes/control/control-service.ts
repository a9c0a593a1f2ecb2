import { checkCommand, type CommandValue } from '../devices/check-command.ts'
import { commandIdOf } from '../commands/command-ids.ts'
import type { Command } from '../commands/command.ts'
import type { Overseer } from '../commands/overseer.ts'
import { type Aggregate, type Handled, openAggregate } from '../platform/kit/decider/aggregate.ts'
import { steadyDecider } from '../platform/kit/jobs/reckoned.ts'
import type { Platform } from '../platform/platform.ts'
import {
  type Control,
  controlCollection,
  isActive,
  type Override,
  type Sending,
  type TakenEdge,
} from './control.ts'
import {
  type ControlCommand,
  controlDecider,
  type ControlEvent,
  type ControlRefusal,
  type ControlState,
  newerThan,
  type Rank,
} from './control-decider.ts'
import { ControlFacts, type ControlFactsParts } from './control-facts.ts'
import { type Desired, desiredOf, layersOf, newestOrder } from './layers.ts'
import { movedControl } from './moved.ts'
import { switchWish, usualAction, type Wish, wishOf } from './wish.ts'

export const controlJobName = 'control of devices'

export interface WantedOverride {
  /** The only action of the class that takes a value, if absent. */
  readonly action?: string | undefined
  readonly value?: CommandValue | undefined
  /** Null, for safety only: until somebody ends it. */
  readonly durationMs: number | null
  readonly reason?: string | undefined
  readonly source: Command['source']
  readonly requestedBy?: string | undefined
  readonly askedByNode?: string | undefined
  /** `override` by default. */
  readonly rank?: Rank
}

export type Overridden =
  | { readonly kind: 'done'; readonly override: Override }
  | { readonly kind: 'no-device' }
  | { readonly kind: 'wrong'; readonly path: 'action' | 'value'; readonly message: string }
  /** Safety is over it. */
  | { readonly kind: 'held'; readonly message: string }

/** What is wished of a device. */
export interface View {
  readonly desired: Desired
  /** What it would be without the override. */
  readonly beneath: Desired
  /** The newest, running or over. */
  readonly override: Override | undefined
}

/** What an edge of a schedule asks for. */
export interface Edge extends TakenEdge {
  readonly deviceId: string
  readonly untilMs: number | null
  readonly sends: readonly Sending[]
}

export interface ControlParts
  extends ControlFactsParts, Pick<Platform, 'clock' | 'jobs' | 'relay' | 'secrets' | 'store'> {}

type Outcome = Handled<ControlState, ControlEvent, ControlRefusal>
export type OverrideListener = (orgId: string, deviceId: string, override: Override) => void

const lookEveryMs = 100

/** Who decides what a device does: the layers over what is sent by hand. */
export class DeviceControl {
  readonly #parts: ControlParts
  readonly #aggregate: Aggregate<ControlState, ControlCommand, ControlEvent, ControlRefusal>
  readonly #listeners = new Set<OverrideListener>()
  /** What it decides by. */
  readonly facts: ControlFacts
  /** For which an override lasts as long as it was to, whatever clocks do. */
  readonly decider: typeof controlDecider

  constructor(parts: ControlParts) {
    this.#parts = parts
    this.facts = new ControlFacts(parts)
    this.decider = steadyDecider(controlDecider, parts.clock, movedControl)
    this.#aggregate = openAggregate({ ...parts, collection: controlCollection, decider: this.decider })
  }

  /** Begins an override, or extends or replaces the one that runs. */
  async start(orgId: string, deviceId: string, wanted: WantedOverride): Promise<Overridden> {
    const { clock, secrets } = this.#parts
    const deviceClass = this.facts.classOf(orgId, deviceId)
    if (deviceClass === undefined) return { kind: 'no-device' }
    const wrong = (message: string): Overridden => ({ kind: 'wrong', path: 'action', message })
    const action = wanted.action ?? usualAction(deviceClass)
    if (action === undefined) return wrong('is needed: the class has no single action with a value')
    const checked = checkCommand(deviceClass, action, wanted.value)
    if (checked.kind === 'wrong') return checked
    const { durationMs, rank = 'override', source } = wanted
    const [id, nowMs] = [secrets.newId(), clock.nowMs()]
    const order = await this.facts.nextOrder(orgId, deviceId)
    const endsAtMs = durationMs === null ? null : nowMs + durationMs
    const origin = (place: number) =>
      ({
        source,
        sourceId: id,
        sinceMs: nowMs,
        order,
        untilMs: endsAtMs,
        commandId: commandIdOf(id, place),
        isSent: true,
      }) as const
    const wish = wishOf(deviceClass, action, checked.value, origin(1))
    if (wish === undefined) return wrong('moves no field that could be held')
    const manual = await this.facts.byHand(orgId, deviceId)
    const state = await this.get(orgId, deviceId)
    // The same command in both is as the document has it.
    const asked = [...manual, ...(state?.base ?? [])]
    const base = await this.facts.baseNow(orgId, deviceId, { deviceClass, nowMs, order, wishes: asked })
    // What is off is turned on first; what is to stand still may stay off.
    const on = isRest(wish) ? undefined : switchWish(deviceClass, true, origin(0))
    const isOff = on !== undefined && desiredOf(layersOf(state, base)).get(on.field)?.value === false
    const outcome = await this.#handle(orgId, deviceId, {
      type: 'StartOverride',
      deviceId,
      rank,
      base,
      manual,
      override: {
        id,
        action,
        value: checked.value,
        reason: wanted.reason ?? null,
        source,
        requestedBy: wanted.requestedBy ?? null,
        askedByNode: wanted.askedByNode ?? null,
        startedAtMs: nowMs,
        order,
        endsAtMs,
        wishes: on === undefined || on.field === wish.field ? [wish] : [{ ...on, isSent: isOff }, wish],
        knownIds: manual.flatMap(({ commandId }) => commandId ?? []),
      },
    })
    const override = outcome.kind === 'done' ? outcome.state[rank] : null
    return override === null
      ? { kind: 'held', message: heldMessage(await this.get(orgId, deviceId)) }
      : { kind: 'done', override }
  }

  /** Ends the one that runs; undefined when none does. What wins then is sent. */
  async end(orgId: string, deviceId: string, rank: Rank = 'override'): Promise<Override | undefined> {
    const manual = await this.facts.byHand(orgId, deviceId)
    const outcome = await this.#handle(orgId, deviceId, { type: 'EndOverride', rank, manual })
    return outcome.kind === 'done' ? (outcome.state[rank] ?? undefined) : undefined
  }

  /** A window of a schedule opens or closes; once for each edge, however often. False when it changes nothing. */
  async takeEdge(orgId: string, { deviceId, sends, untilMs, ...edge }: Edge): Promise<boolean> {
    const deviceClass = this.facts.classOf(orgId, deviceId)
    if (deviceClass === undefined) return false
    const origin = {
      source: 'schedule',
      sourceId: edge.scheduleId,
      sinceMs: this.#parts.clock.nowMs(),
      order: await this.facts.nextOrder(orgId, deviceId),
      untilMs,
      isSent: true,
    } as const
    const wishes = sends.flatMap(
      ({ action, commandId, value }) => wishOf(deviceClass, action, value, { ...origin, commandId }) ?? [],
    )
    const outcome = await this.#handle(orgId, deviceId, {
      type: 'TakeEdge',
      deviceId,
      edge,
      untilMs,
      wishes,
      sends,
    })
    return outcome.kind === 'done' && outcome.events.length > 0
  }

  /** Undefined for a device that is not there. */
  async view(orgId: string, deviceId: string): Promise<View | undefined> {
    if (this.facts.classOf(orgId, deviceId) === undefined) return undefined
    const control = await this.get(orgId, deviceId)
    const manual = await this.facts.byHand(orgId, deviceId)
    const override = control?.override ?? null
    // Whoever has sent something by hand has ended it, though nobody may have written that down yet.
    const isOver = isActive(override) && newerThan(override, manual).length > 0
    const beneath = desiredOf(layersOf(control && { ...control, override: null }, manual))
    const desired = isOver ? beneath : desiredOf(layersOf(control, manual))
    return { desired, beneath, override: isOver ? undefined : (override ?? undefined) }
  }

  /** What it was to do goes with the device. */
  async forget(orgId: string, deviceId: string): Promise<void> {
    await this.#parts.store.organization(orgId).collection(controlCollection).remove(deviceId)
  }

  async get(orgId: string, deviceId: string): Promise<Control | undefined> {
    return (await this.#parts.store.organization(orgId).collection(controlCollection).get(deviceId))?.document
  }

  /** The override when its device has acknowledged it or it is over, or as it is after so long. */
  async whenSettled(
    orgId: string,
    deviceId: string,
    id: string,
    withinMs: number,
  ): Promise<Override | undefined> {
    const { clock } = this.#parts
    const untilMs = clock.monotonicMs() + withinMs
    for (;;) {
      const override = (await this.get(orgId, deviceId))?.override ?? undefined
      const isSettled = override?.id !== id || !isActive(override) || override.confirmedAtMs !== null
      const leftMs = untilMs - clock.monotonicMs()
      if (isSettled || leftMs <= 0) return override?.id === id ? override : undefined
      await new Promise<void>((resolve) => void clock.after(Math.min(lookEveryMs, leftMs), resolve))
    }
  }

  /** A command has ended here: of an override, or one that left something owing. */
  async noteEnd(orgId: string, { deviceId, source, status }: Command): Promise<void> {
    const isOfOverride = source === 'override'
    if (!isOfOverride && status === 'acknowledged') return
    const control = await this.get(orgId, deviceId)
    if (control === undefined) return
    const isAwaited = isOfOverride && isActive(control.override)
    if (!isAwaited && (control.inDoubt.length === 0 || status === 'acknowledged')) return
    await this.#handle(orgId, deviceId, await this.facts.lookAfter(orgId, control))
  }

  /** Decides over commands by hand: safety refuses them, an override ends. */
  get overseer(): Overseer {
    return {
      admit: async (orgId, deviceId) => {
        const control = await this.get(orgId, deviceId)
        if (control === undefined) return undefined
        if (isActive(control.safety)) return { refused: heldMessage(control) }
        const after = newestOrder(control)
        if (!isActive(control.override) && control.base.every(({ isSent }) => isSent)) return { after }
        return {
          after,
          issued: async () => {
            const manual = await this.facts.byHand(orgId, deviceId)
            const id = this.#parts.secrets.newId()
            await this.#handle(orgId, deviceId, { type: 'TakeManual', id, manual })
          },
        }
      },
    }
  }

  /** Told of what happens to overrides here: each happens on one instance. The result ends it. */
  onChange(listener: OverrideListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(orgId: string, deviceId: string, override: Override): void {
    for (const listener of this.#listeners) listener(orgId, deviceId, override)
  }

  async #handle(orgId: string, deviceId: string, command: ControlCommand): Promise<Outcome> {
    const outcome = await this.#aggregate.handle(orgId, deviceId, command)
    if (outcome.kind !== 'done') return outcome
    for (const { type, data } of outcome.events)
      if (type === 'OverrideEnded' || type === 'OverrideConfirmed') {
        const { override, safety } = outcome.state
        const changed = [override, safety].find((each) => each?.id === data.id)
        if (changed) this.tell(orgId, deviceId, changed)
      }
    if (outcome.events.length > 0) this.#parts.jobs.wake(controlJobName)
    return outcome
  }
}

/** A field that is to rest: nothing has to be on for that. */
const isRest = ({ value }: Wish): boolean => value === false || value === 0

const heldMessage = (control: Control | undefined): string =>
  `the device is held for safety${control?.safety?.reason == null ? '' : `: ${control.safety.reason}`}`

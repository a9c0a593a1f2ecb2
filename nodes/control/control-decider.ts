/**
 * What happens to the layers of a device: overrides begin and end, windows open and close. Each decision says which
 * commands follow; they are written down with it (`sending`), so that a crash in between neither loses nor doubles one.
 */
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import type { DueDocument } from '../platform/kit/jobs/job.ts'
import { type Control, isActive, type Override, type Sending, type TakenEdge } from './control.ts'
import { dueOf } from './due.ts'
import { type Ended, endedState, ending } from './ending.ts'
import { isHeld, newestOf, newestOrder } from './layers.ts'
import { type EndedCommands, settling, withDoubts, withEnded, withSent } from './owing.ts'
import type { Wish } from './wish.ts'

export type ControlState = Control & DueDocument
export type Rank = 'safety' | 'override'
export type NewOverride = Omit<Override, 'status' | 'endedAtMs' | 'confirmedAtMs' | 'errorMessage'>

/** What has become of the commands with which an override began. */
export interface OverrideOutcome {
  readonly kind: 'open' | 'acknowledged' | 'failed'
  readonly errorMessage: string | null
  /** Ids of those that the device has refused, and so not done. */
  readonly refused: readonly string[]
}

export type ControlCommand =
  | {
      readonly type: 'StartOverride'
      readonly deviceId: string
      readonly rank: Rank
      readonly override: NewOverride
      /** What the device was before, should nothing hold it yet. */
      readonly base: readonly Wish[]
      /** What was sent by hand, from the log. */
      readonly manual: readonly Wish[]
    }
  | { readonly type: 'EndOverride'; readonly rank: Rank; readonly manual: readonly Wish[] }
  /** Somebody has sent a command by hand; what is sent now because it was owed has ids that are counted on from this one. */
  | { readonly type: 'TakeManual'; readonly id: string; readonly manual: readonly Wish[] }
  | {
      readonly type: 'TakeEdge'
      readonly deviceId: string
      readonly edge: TakenEdge
      readonly untilMs: number | null
      readonly wishes: readonly Wish[]
      /** All its commands, those that move no field as well. */
      readonly sends: readonly Sending[]
    }
  /** By the job, and when a command of an override has ended. */
  | {
      readonly type: 'LookAfter'
      readonly id: string
      readonly manual: readonly Wish[]
      readonly outcome: OverrideOutcome
      /** What has become of the commands in doubt. */
      readonly ended: EndedCommands
    }

type EdgeData = {
  readonly deviceId: string
  readonly edge: TakenEdge
  readonly untilMs: number | null
  readonly wishes: Wish[]
  readonly sends: Sending[]
}

export type ControlEvent =
  | {
      readonly type: 'OverrideStarted'
      readonly data: {
        readonly deviceId: string
        readonly rank: Rank
        readonly override: NewOverride
        readonly base: Wish[]
        readonly sends: Sending[]
      }
    }
  | {
      readonly type: 'OverrideExtended'
      readonly data: { readonly id: string; readonly endsAtMs: number | null }
    }
  | { readonly type: 'OverrideConfirmed'; readonly data: { readonly id: string } }
  | { readonly type: 'OverrideEnded'; readonly data: Ended }
  | { readonly type: 'CommandsEnded'; readonly data: { readonly lost: string[]; readonly settled: string[] } }
  | { readonly type: 'OwedSent'; readonly data: Pick<Ended, 'sends' | 'sent'> }
  | { readonly type: 'WindowOpened'; readonly data: EdgeData }
  | { readonly type: 'WindowClosed'; readonly data: EdgeData }

export type ControlRefusal = 'missing' | 'safety'

export const controlDecider: Decider<ControlState, ControlCommand, ControlEvent, ControlRefusal> = {
  decide(state, command, nowMs) {
    if (command.type === 'StartOverride') return started(state, command)
    if (command.type === 'TakeEdge') return edgeTaken(state, command)
    if (command.type === 'EndOverride') {
      const { manual, rank } = command
      if (state === undefined || !isActive(state[rank])) return refused('missing')
      return [endedBy(state, rank, { status: 'cancelled', manual }, nowMs)]
    }
    if (state === undefined) return []
    const { id, manual } = command
    if (command.type === 'LookAfter') {
      const ended = commandsEnded(command.ended)
      return thenSettled(state, ended, (now) => lookedAfter(now, command, nowMs), { id, manual }, nowMs)
    }
    const superseded = (): readonly ControlEvent[] =>
      isActive(state.override) ? [endedBy(state, 'override', { status: 'superseded', manual }, nowMs)] : []
    return thenSettled(state, [], superseded, { id, manual }, nowMs)
  },

  evolve(state, event, atMs) {
    const next = withDoubts(evolved(state, event, atMs), 'sends' in event.data ? event.data.sends : [])
    return { ...next, dueAtMs: dueOf(next, atMs), failures: 0 }
  },
}

/** What somebody has sent by hand since an override began. */
export const newerThan = (
  { knownIds, order: itsOrder }: Override,
  manual: readonly Wish[],
): readonly Wish[] =>
  manual.filter(
    ({ commandId, order }) => order >= itsOrder && commandId !== null && !knownIds.includes(commandId),
  )

type Decision = ReturnType<typeof controlDecider.decide>
type Of<T extends ControlCommand['type']> = Extract<ControlCommand, { readonly type: T }>

const endedBy = (
  state: ControlState,
  rank: Rank,
  how: Parameters<typeof ending>[2],
  nowMs: number,
): ControlEvent => ({ type: 'OverrideEnded', data: ending(state, rank, how, nowMs) })

function started(state: ControlState | undefined, command: Of<'StartOverride'>): Decision {
  const { base, deviceId, manual, rank } = command
  const order = leastOrder(state)
  const wishes = command.override.wishes.map((wish) => notBefore(wish, order))
  const override = { ...notBefore(command.override, order), wishes }
  if (rank === 'override' && isActive(state?.safety ?? null)) return refused('safety')
  const running = state?.[rank] ?? null
  const sends = override.wishes
    .filter(({ isSent }) => isSent)
    .map(({ action, argument, commandId }): Sending => ({
      commandId: commandId ?? override.id,
      action,
      value: argument,
      source: 'override',
      requestedBy: override.id,
      whenOffline: 'retry',
      expiresAtMs: null,
    }))
  // What was there before the first is what comes back.
  const kept = state !== undefined && isHeld(state) ? newestOf([...state.base, ...manual]) : base
  const begin: ControlEvent = {
    type: 'OverrideStarted',
    data: { deviceId, rank, override, base: [...kept], sends },
  }
  if (!isActive(running)) return [begin]
  const { action, id, value } = running
  const isSame = action === override.action && value === override.value
  if (isSame && newerThan(running, manual).length === 0)
    return [{ type: 'OverrideExtended', data: { id, endsAtMs: override.endsAtMs } }]
  const end = { id, rank, status: 'superseded', errorMessage: null } as const
  return [{ type: 'OverrideEnded', data: { ...end, sends: [], sent: [], owed: [], manual: [] } }, begin]
}

/** Of what is laid now: others may have laid something since it was asked for. */
const leastOrder = (state: Control | undefined): number => (state === undefined ? 0 : newestOrder(state) + 1)

const notBefore = <T extends { readonly order: number }>(asked: T, order: number): T =>
  asked.order < order ? { ...asked, order } : asked

const commandsEnded = ({ lost, settled }: EndedCommands): readonly ControlEvent[] =>
  lost.length + settled.length === 0
    ? []
    : [{ type: 'CommandsEnded', data: { lost: [...lost], settled: [...settled] } }]

/** What has happened, what is decided by that, and what is sent because it is owed and counts by then. */
function thenSettled(
  state: ControlState,
  happened: readonly ControlEvent[],
  decide: (state: ControlState) => readonly ControlEvent[],
  { id, manual }: { readonly id: string; readonly manual: readonly Wish[] },
  nowMs: number,
): readonly ControlEvent[] {
  const after = (before: ControlState, events: readonly ControlEvent[]): ControlState =>
    events.reduce((now, event) => controlDecider.evolve(now, event, nowMs), before)
  const known = after(state, happened)
  const decided = decide(known)
  const { sends, sent } = settling(after(known, decided), manual, id)
  return [
    ...happened,
    ...decided,
    ...(sends.length === 0 ? [] : [{ type: 'OwedSent' as const, data: { sends, sent } }]),
  ]
}

function lookedAfter(
  state: ControlState,
  { manual, outcome }: Of<'LookAfter'>,
  nowMs: number,
): readonly ControlEvent[] {
  const { override, safety } = state
  const isOver = ({ endsAtMs }: Override): boolean => endsAtMs !== null && nowMs >= endsAtMs
  if (isActive(safety) && isOver(safety))
    return [endedBy(state, 'safety', { status: 'completed', manual }, nowMs)]
  if (!isActive(override)) return []
  if (newerThan(override, manual).length > 0)
    return [endedBy(state, 'override', { status: 'superseded', manual }, nowMs)]
  if (override.confirmedAtMs === null && outcome.kind === 'failed')
    return [endedBy(state, 'override', { status: 'failed', manual, ...outcome }, nowMs)]
  if (isOver(override)) return [endedBy(state, 'override', { status: 'completed', manual }, nowMs)]
  return override.confirmedAtMs === null && outcome.kind === 'acknowledged'
    ? [{ type: 'OverrideConfirmed', data: { id: override.id } }]
    : []
}

function edgeTaken(state: ControlState | undefined, command: Of<'TakeEdge'>): Decision {
  const { deviceId, edge, sends, untilMs, wishes } = command
  const { lastEdge = null, schedule = null } = state ?? {}
  if (lastEdge !== null && isSameEdge(lastEdge, edge)) return []
  const isOfAnother = schedule !== null && schedule.scheduleId !== edge.scheduleId
  // Another window has opened since: what this one leaves behind is of no more interest.
  if (edge.edge === 'end' && isOfAnother && schedule.plannedMs >= edge.plannedMs) return []
  const isSent = state === undefined || !isHeld(state)
  const order = leastOrder(state)
  const moving = new Set(wishes.map(({ commandId }) => commandId))
  const data = {
    deviceId,
    edge,
    untilMs,
    wishes: wishes.map((wish) => marked(notBefore(wish, order), isSent)),
    sends: sends.filter(({ commandId }) => isSent || !moving.has(commandId)),
  }
  return [{ type: edge.edge === 'start' ? 'WindowOpened' : 'WindowClosed', data }]
}

const marked = (wish: Wish, isSent: boolean): Wish => ({ ...wish, isSent })

const isSameEdge = (one: TakenEdge, other: TakenEdge): boolean =>
  one.scheduleId === other.scheduleId && one.edge === other.edge && one.plannedMs === other.plannedMs

function evolved(state: ControlState | undefined, event: ControlEvent, atMs: number): ControlState {
  if (event.type === 'OverrideStarted') {
    const { base, deviceId, override, rank, sends } = event.data
    const before = state ?? emptyControl(deviceId)
    const confirmedAtMs = rank === 'safety' ? atMs : null
    const begun = {
      ...override,
      status: 'active',
      endedAtMs: null,
      confirmedAtMs,
      errorMessage: null,
    } as const
    return { ...before, [rank]: begun, base, sending: [...before.sending, ...sends] }
  }
  if (event.type === 'WindowOpened' || event.type === 'WindowClosed') {
    const { deviceId, edge, sends, untilMs, wishes } = event.data
    const before = state ?? emptyControl(deviceId)
    const { plannedMs, scheduleId } = edge
    const sending = [...before.sending, ...sends]
    return event.type === 'WindowOpened'
      ? { ...before, lastEdge: edge, sending, schedule: { scheduleId, plannedMs, untilMs, wishes } }
      : {
          ...before,
          lastEdge: edge,
          sending,
          schedule: null,
          base: [...newestOf([...before.base, ...wantedBy(before, scheduleId), ...wishes])],
        }
  }
  if (state === undefined) throw new Error(`${event.type} of a device that nobody has controlled`)
  if (event.type === 'OverrideEnded') return endedState(state, event.data, atMs)
  if (event.type === 'CommandsEnded') return withEnded(state, event.data)
  if (event.type === 'OwedSent') {
    const { sends, sent } = event.data
    return withSent({ ...state, sending: [...state.sending, ...sends] }, sent)
  }
  const changed = (override: Override | null): Override | null => {
    if (override?.id !== event.data.id) return override
    if (event.type === 'OverrideConfirmed') return { ...override, confirmedAtMs: atMs }
    const { endsAtMs } = event.data
    return { ...override, endsAtMs, wishes: override.wishes.map((wish) => ({ ...wish, untilMs: endsAtMs })) }
  }
  return { ...state, override: changed(state.override), safety: changed(state.safety) }
}

/**
 * What a window wanted is what the device does until somebody wants something else, held back or not: an override leaves
 * nothing otherwise than it would be without.
 */
const wantedBy = ({ schedule }: Control, scheduleId: string): readonly Wish[] =>
  schedule?.scheduleId === scheduleId ? schedule.wishes.map((wish) => forGood(wish)) : []

const forGood = (wish: Wish): Wish => ({ ...wish, untilMs: null })

const emptyControl = (id: string): ControlState => ({
  id,
  safety: null,
  override: null,
  schedule: null,
  lastEdge: null,
  base: [],
  sending: [],
  inDoubt: [],
  dueAtMs: null,
  failures: 0,
})

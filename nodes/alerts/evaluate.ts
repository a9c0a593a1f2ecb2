/**
 * What readings, and time that passes without any, come to for a rule that watches a device: pure.
 *
 * Time is that of the readings. Where nothing comes that could say how late it is there, it passes as the platform's clock
 * does from when the last reading arrived. So an alert fires alike whether a reading, a timer or a look at the past brings it
 * up, and however late.
 */
import { nextActiveMs } from './active-hours.ts'
import type { CompiledRule, Tree } from './compile-rule.ts'
import { judge, type LeafState, newLeaf } from './judge.ts'
import type { Moment, Seen } from './moment.ts'

export interface WatchedReading {
  readonly port: number
  readonly ts: number
  readonly ingestTs: number
  readonly calibratedValue: number
}

/** What a rule knows of a device. */
export interface WatchState {
  /** From when it is to be heard of, if it never was. */
  readonly born: Moment
  /** By the rule's ports. */
  readonly newest: readonly (Seen | undefined)[]
  readonly leaves: readonly LeafState[]
  /** Since when the condition has held without a break; null while it does not, or while the alert is open. */
  readonly since: Moment | null
  /** Times of readings that violated, in order, as far as they count. */
  readonly hits: readonly number[]
  /** When the open alert fired. */
  readonly openSinceMs: number | null
  readonly lastFiredMs: number | null
  /** The instant at which the newest alert ended. */
  readonly lastEndedMs: number | null
}

export interface Transition {
  readonly kind: 'fired' | 'resolved'
  readonly atMs: number
  /** When the alert fired: with rule and device that names it. */
  readonly firedAtMs: number
  readonly value: number | null
}

export type Step = readonly [state: WatchState, transitions: readonly Transition[]]

const none: readonly Transition[] = []

export const newWatch = (rule: CompiledRule, born: Moment): WatchState => ({
  born,
  newest: rule.ports.map(() => undefined),
  leaves: rule.leaves.map(newLeaf),
  since: null,
  hits: [],
  openSinceMs: null,
  lastFiredMs: null,
  lastEndedMs: null,
})

/** One that is not newer than the newest of its port changes nothing. */
export function evaluate(state: WatchState, reading: WatchedReading, rule: CompiledRule): Step {
  if (!isNews(state, reading, rule)) return unchanged(state)
  const moment: Seen = { ts: reading.ts, wall: reading.ingestTs, value: reading.calibratedValue }
  if (!rule.isTimed)
    return settle(withReading(state, reading.port, moment, rule), moment, moment.value, rule, true)
  const [before, passed] = advance(state, moment, rule)
  const [after, caused] = settle(
    withReading(before, reading.port, moment, rule),
    moment,
    moment.value,
    rule,
    true,
  )
  return [after, passed.length === 0 ? caused : [...passed, ...caused]]
}

const unchanged = (state: WatchState): Step => [state, none]

/** Takes note of a reading without judging by it: of one from before the rule, say. */
export const learn = (state: WatchState, reading: WatchedReading, rule: CompiledRule): WatchState =>
  isNews(state, reading, rule)
    ? withReading(
        state,
        reading.port,
        { ts: reading.ts, wall: reading.ingestTs, value: reading.calibratedValue },
        rule,
      )
    : state

/** Time passes: until a reading's, or by the clock alone (`ts` -Infinity). */
export function advance(state: WatchState, now: Moment, rule: CompiledRule): Step {
  if (!rule.isTimed) return [state, none]
  let current = state
  const transitions: Transition[] = []
  for (;;) {
    const due = deadlineOf(current, rule)
    if (due === undefined || (now.ts < due.ts && now.wall < due.wall)) return [current, transitions]
    const [next, caused] = settle(missing(current, due, rule), due, lastValue(current, rule), rule, false)
    if (next === current) return [current, transitions]
    current = next
    transitions.push(...caused)
  }
}

/** When time alone changes something next. */
export function deadlineOf(state: WatchState, rule: CompiledRule): Moment | undefined {
  if (!rule.isTimed) return undefined
  let first = readyAt(state, rule)
  for (const index of rule.leaves.keys()) {
    const due = missingAt(state, index, rule)
    if (due !== undefined && (first === undefined || due.ts < first.ts)) first = due
  }
  return first
}

/** What has been missing by then is nothing new any more. */
export const missedUntil = (state: WatchState, ts: number, rule: CompiledRule): WatchState =>
  missing(state, { ts, wall: ts }, rule)

/** Somebody has resolved the alert that fired then: what still violates counts anew. */
export const closed = (state: WatchState, firedAtMs: number, atMs = firedAtMs): WatchState =>
  state.openSinceMs === firedAtMs ? ended(state, atMs) : state

/** An alert was opened elsewhere. */
export const opened = (state: WatchState, firedAtMs: number): WatchState =>
  state.openSinceMs === null && firedAtMs > (state.lastFiredMs ?? -Infinity)
    ? { ...state, openSinceMs: firedAtMs, lastFiredMs: firedAtMs, since: null, hits: [] }
    : state

const ended = (state: WatchState, atMs: number): WatchState => ({
  ...state,
  openSinceMs: null,
  lastEndedMs: atMs,
  since: null,
  hits: [],
})

function isNews(state: WatchState, { port, ts }: WatchedReading, rule: CompiledRule): boolean {
  const slot = rule.ports.indexOf(port)
  return isNewer(state, slot, ts) || isNewer(state, rule.anySlot, ts)
}

const isNewer = (state: WatchState, slot: number, ts: number): boolean =>
  slot !== -1 && ts > (state.newest[slot]?.ts ?? -Infinity)

/** Field by field, since it is made of every reading that is watched. */
function withReading(state: WatchState, port: number, seen: Seen, rule: CompiledRule): WatchState {
  const { born, hits, lastEndedMs, lastFiredMs, openSinceMs, since } = state
  const own = rule.ports.indexOf(port)
  const isOwn = isNewer(state, own, seen.ts)
  const isAny = isNewer(state, rule.anySlot, seen.ts)
  const isNew = (slot: number): boolean => (isOwn && slot === own) || (isAny && slot === rule.anySlot)
  let { leaves } = state
  for (let index = 0; index < rule.leaves.length; index += 1) {
    const leaf = rule.leaves[index]
    const slot = rule.slots[index] ?? -1
    const before = leaves[index]
    if (leaf === undefined || before === undefined || !isNew(slot)) continue
    const after = judge(leaf, before, state.newest[slot], seen)
    if (after !== before) leaves = leaves.with(index, after)
  }
  const newest =
    rule.ports.length === 1 ? [seen] : state.newest.map((known, slot) => (isNew(slot) ? seen : known))
  return { born, newest, leaves, since, hits, openSinceMs, lastFiredMs, lastEndedMs }
}

function settle(
  state: WatchState,
  moment: Moment,
  value: number | null,
  rule: CompiledRule,
  isReading: boolean,
): Step {
  if (state.openSinceMs !== null) {
    if (holds(rule.tree, state.leaves, 'isHeld')) return [state, none]
    return [
      ended(state, moment.ts),
      [{ kind: 'resolved', atMs: moment.ts, firedAtMs: state.openSinceMs, value }],
    ]
  }
  if (!holds(rule.tree, state.leaves, 'isViolated'))
    return unchanged(state.since === null ? state : { ...state, since: null })
  const { occurrences } = rule.rule
  const hits = occurrences && isReading ? newestOf([...state.hits, moment.ts], occurrences.count) : state.hits
  const waiting =
    state.since === null || hits !== state.hits ? { ...state, since: state.since ?? moment, hits } : state
  if (readyMs(waiting, moment.ts, rule) !== moment.ts) return [waiting, none]
  // When it fired names an alert: one that ended and fires again in the same instant is another. One that fires again because
  // its reading comes again, after a crash, did not end there and is the same.
  const isAnother = moment.ts === state.lastFiredMs && moment.ts === state.lastEndedMs
  const firedAtMs = isAnother ? moment.ts + 1 : moment.ts
  const fired: WatchState = {
    ...waiting,
    openSinceMs: firedAtMs,
    lastFiredMs: firedAtMs,
    since: null,
    hits: [],
  }
  return [fired, [{ kind: 'fired', atMs: firedAtMs, firedAtMs, value }]]
}

/** By their time: of two ports the newest reading may be older than what the other has had. */
const newestOf = (times: readonly number[], count: number): readonly number[] =>
  times.toSorted((a, b) => a - b).slice(-count)

/** The first instant, from one on, at which what holds is enough to fire; undefined when no time makes it so. */
function readyMs(state: WatchState, fromMs: number, { rule }: CompiledRule): number | undefined {
  if (state.since === null) return undefined
  const sustainedMs = state.since.ts + (rule.sustainedForMs ?? 0)
  const cooledMs = state.lastFiredMs === null ? -Infinity : state.lastFiredMs + (rule.coolDownMs ?? 0)
  const atMs = nextActiveMs(rule.activeHours, Math.max(fromMs, sustainedMs, cooledMs))
  if (atMs === undefined || rule.occurrences === undefined) return atMs
  const { count, withinMs } = rule.occurrences
  return state.hits.filter((ts) => ts >= atMs - withinMs).length < count ? undefined : atMs
}

function readyAt(state: WatchState, rule: CompiledRule): Moment | undefined {
  if (state.since === null || state.openSinceMs !== null) return undefined
  const ts = readyMs(state, state.hits.at(-1) ?? state.since.ts, rule)
  return ts === undefined ? undefined : { ts, wall: state.since.wall + (ts - state.since.ts) }
}

/** When a leaf that asks for data has had none for too long. */
function missingAt(state: WatchState, index: number, rule: CompiledRule): Moment | undefined {
  const leaf = rule.leaves[index]
  if (leaf?.kind !== 'no-data' || state.leaves[index]?.isViolated === true) return undefined
  const last = state.newest[rule.slots[index] ?? -1] ?? state.born
  // Of a rule that is younger than the silence, from when there is the rule.
  const ts = Math.max(last.ts + leaf.forMs, rule.rule.sinceMs)
  return { ts, wall: last.wall + (ts - last.ts) }
}

function missing(state: WatchState, due: Moment, rule: CompiledRule): WatchState {
  const isMissing = (index: number): boolean => (missingAt(state, index, rule)?.ts ?? Infinity) <= due.ts
  if (!rule.leaves.some((_, index) => isMissing(index))) return state
  const leaves = state.leaves.map((leaf, index) =>
    isMissing(index) ? { ...leaf, isViolated: true, isHeld: true } : leaf,
  )
  return { ...state, leaves }
}

/** Of the one port that it is about. */
const lastValue = ({ newest }: WatchState, { alertPort, leaves }: CompiledRule): number | null =>
  alertPort === null || leaves[0]?.kind === 'no-data' ? null : (newest[0]?.value ?? null)

function holds(tree: Tree, leaves: readonly LeafState[], flag: 'isHeld' | 'isViolated'): boolean {
  if (typeof tree === 'number') return leaves[tree]?.[flag] === true
  return tree.isAll
    ? tree.of.every((each) => holds(each, leaves, flag))
    : tree.of.some((each) => holds(each, leaves, flag))
}

import type { Leaf } from './condition.ts'
import type { Seen } from './moment.ts'
import { emptyWindow, meanOf, type MovingWindow, without, withReading } from './moving-window.ts'

/** What is known of one condition. */
export interface LeafState {
  readonly isViolated: boolean
  /** Violated, or violated before and not clear since: what keeps an alert open. */
  readonly isHeld: boolean
  readonly window: MovingWindow | undefined
}

const unknown: LeafState = { isViolated: false, isHeld: false, window: undefined }
const bad: LeafState = { isViolated: true, isHeld: true, window: undefined }
const lingering: LeafState = { isViolated: false, isHeld: true, window: undefined }

export const newLeaf = (leaf: Leaf): LeafState =>
  leaf.kind === 'deviation' ? { ...unknown, window: emptyWindow } : unknown

/** A condition after a reading of its port, by the reading before. */
export function judge(leaf: Leaf, state: LeafState, before: Seen | undefined, seen: Seen): LeafState {
  if (leaf.kind === 'deviation') {
    const window = without(state.window ?? emptyWindow, seen.ts, leaf.windowMs)
    const isOff = deviates(seen.value, meanOf(window), leaf.percent)
    return { isViolated: isOff, isHeld: isOff, window: withReading(window, seen.ts, seen.value) }
  }
  if (isViolated(leaf, before, seen.ts, seen.value)) return bad
  return state.isHeld && !isClear(leaf, seen.value) ? lingering : unknown
}

/** A condition whose reading says all, with the one before. */
export type PlainLeaf = Exclude<Leaf, { readonly kind: 'deviation' }>

export function isViolated(leaf: PlainLeaf, before: Seen | undefined, ts: number, value: number): boolean {
  if (leaf.kind === 'above') return value > leaf.value
  if (leaf.kind === 'below') return value < leaf.value
  if (leaf.kind === 'equals') return value === leaf.value
  if (leaf.kind === 'between') return value >= leaf.low && value <= leaf.high
  if (leaf.kind === 'outside') return value < leaf.low || value > leaf.high
  if (leaf.kind === 'no-data' || before === undefined) return false
  const perMinute = ((value - before.value) * 60_000) / (ts - before.ts)
  if (leaf.direction === 'rising') return perMinute > leaf.perMinute
  return (leaf.direction === 'falling' ? -perMinute : Math.abs(perMinute)) > leaf.perMinute
}

/** Back at, or beyond, where the alert ends; asked of a value that does not violate. */
function isClear(leaf: Leaf, value: number): boolean {
  if (leaf.kind === 'above') return value <= (leaf.clearAt ?? leaf.value)
  if (leaf.kind === 'below') return value >= (leaf.clearAt ?? leaf.value)
  return true
}

/** From nothing anything deviates. */
const deviates = (value: number, mean: number | undefined, percent: number): boolean =>
  mean !== undefined && Math.abs(value - mean) > (Math.abs(mean) * percent) / 100

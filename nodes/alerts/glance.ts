import type { CompiledRule } from './compile-rule.ts'
import type { WatchedReading, WatchState } from './evaluate.ts'
import { isViolated } from './judge.ts'

/**
 * Takes a reading that changes nothing but what is newest, as nearly all do: into the state as it is, since a new one for each
 * would be most of what rules cost. Only for whoever holds the one reference to the state.
 *
 * @returns false when there is more to it, and it is to be evaluated; nothing has changed then
 */
export function glance(state: WatchState, reading: WatchedReading, { plainLeaf }: CompiledRule): boolean {
  if (plainLeaf === undefined || state.since !== null || state.openSinceMs !== null) return false
  const [newest] = state.newest
  if (newest === undefined || state.leaves[0]?.isHeld !== false) return false
  const { calibratedValue: value, port, ts } = reading
  if (ts <= newest.ts || port !== plainLeaf.port) return true
  if (isViolated(plainLeaf, newest, ts, value)) return false
  newest.ts = ts
  newest.wall = reading.ingestTs
  newest.value = value
  return true
}

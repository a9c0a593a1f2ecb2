/** Exact percentiles of many values, without sorting them all. */

/** Few enough steps between yields that nobody waits for long: some milliseconds. */
const STEPS_BETWEEN_YIELDS = 1_000_000

/** Which of `count` ascending values is the `percent`-th percentile by nearest rank, counted from 0. */
export function nearestRank(percent: number, count: number): number {
  return Math.max(0, Math.ceil((percent / 100) * count) - 1)
}

/**
 * Brings the value of each rank to its place among the first `count` values, as sorting would, and all smaller ones
 * before it. Yields now and then, so that the caller can let others work. `ranks` ascend.
 */
export function* selectRanks(values: Float64Array, count: number, ranks: readonly number[]): Generator<void> {
  let from = 0
  for (const rank of ranks) {
    yield* select(values, from, count - 1, rank)
    from = rank
  }
}

/** Hoare's selection, with pivots that nobody can foresee: no order of the values makes it slow. */
function* select(values: Float64Array, low: number, high: number, rank: number): Generator<void> {
  let from = low
  let to = high
  let steps = 0
  while (from < to) {
    const pivot = values[from + Math.floor(Math.random() * (to - from + 1))] ?? 0
    let left = from
    let right = to
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left++
      while ((values[right] ?? 0) > pivot) right--
      if (left > right) break
      const other = values[left] ?? 0
      values[left++] = values[right] ?? 0
      values[right--] = other
    }
    steps += to - from
    if (rank <= right) to = right
    else if (rank >= left) from = left
    else return
    if (steps < STEPS_BETWEEN_YIELDS) continue
    steps = 0
    yield
  }
}

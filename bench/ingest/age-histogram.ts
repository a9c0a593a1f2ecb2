/** Upper bounds of the age buckets in ms; above the last comes one more bucket for everything older. */
export const ageBoundsMs: readonly number[] = [
  1, 2, 3, 5, 7, 10, 15, 18, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000,
]

const slowest = ageBoundsMs.at(-1) ?? 0

/** Counts how old readings were when they became readable. */
export class AgeHistogram {
  /** One more than the bounds; not cumulative. */
  readonly counts = new Float64Array(ageBoundsMs.length + 1)
  /** The bucket of every whole age up to the last bound, so that counting is two array accesses. */
  readonly #bucketOf = Uint8Array.from({ length: slowest + 1 }, (_, age) =>
    ageBoundsMs.findIndex((bound) => age <= bound),
  )

  record(ageMs: number): void {
    const bucket = ageMs > slowest ? ageBoundsMs.length : (this.#bucketOf[Math.max(0, Math.ceil(ageMs))] ?? 0)
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
  }
}

/** The quantile (0 to 1) of counts per bucket, linear within the bucket; infinite beyond the last bound, NaN without any. */
export function ageQuantileMs(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return Number.NaN
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= total * share) {
      const from = ageBoundsMs[bucket - 1] ?? 0
      const to = ageBoundsMs[bucket] ?? Number.POSITIVE_INFINITY
      return to === Number.POSITIVE_INFINITY ? to : from + ((to - from) * (total * share - below)) / count
    }
    below += count
  }
  return Number.POSITIVE_INFINITY
}

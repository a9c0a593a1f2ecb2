/** What a reading takes on disk: worked out of what the server says of all of them, or an estimate. */
import type { Collection, Document as Bson } from 'mongodb'

/** What a reading comes to in a packed bucket. */
export const ESTIMATED_BYTES = 24
/** A server that has just begun knows too little: it counts what it has written since then. */
const LEAST_BUCKETS = 200
/** Beyond these something else is true than what is thought here. */
const [LEAST_BYTES, MOST_BYTES] = [2, 250]
const LOOK_AGAIN_MS = 3_600_000

/**
 * By the statistics of the collection, one document a shard: what a bucket holds on average, of those that were written
 * since the servers' start, goes for all buckets. Undefined where there is no telling.
 */
export function bytesPerReading(shards: readonly Bson[]): number | undefined {
  const sum = (value: (stats: Bson) => unknown): number =>
    shards.reduce((total, { storageStats }) => total + Number(value(Object(storageStats)) ?? 0), 0)
  const series = (name: string) => (stats: Bson) => Object(stats['timeseries'])[name]
  const written = sum(series('numBucketInserts'))
  const readings = (sum(series('bucketCount')) * sum(series('numMeasurementsCommitted'))) / written
  const bytes = sum(({ storageSize }) => storageSize) / readings
  return written >= LEAST_BUCKETS && bytes >= LEAST_BYTES && bytes <= MOST_BYTES ? bytes : undefined
}

/** The size by then, looked up once an hour. */
export function readingSize(readings: Collection, nowMs: () => number): () => Promise<number> {
  let known = ESTIMATED_BYTES
  let lookAtMs = -Infinity
  return async () => {
    if (nowMs() < lookAtMs) return known
    lookAtMs = nowMs() + LOOK_AGAIN_MS
    try {
      const shards = await readings.aggregate([{ $collStats: { storageStats: {} } }]).toArray()
      known = bytesPerReading(shards) ?? known
    } catch {
      // A server that does not tell, or is away: what is known stays.
    }
    return known
  }
}

import { expect, it } from 'vitest'
import { bytesPerReading } from './reading-size.ts'

const shard = {
  storageStats: {
    storageSize: 1_800_000,
    timeseries: { bucketCount: 1_000, numBucketInserts: 500, numMeasurementsCommitted: 50_000 },
  },
}
const changed = (stats: object) => ({ storageStats: { ...shard.storageStats, ...stats } })

it('is what all readings take by how many there are, over all shards', () => {
  // 1,000 buckets of 100 readings.
  expect(bytesPerReading([shard])).toBe(18)
  expect(bytesPerReading([shard, changed({ storageSize: 3_600_000 })])).toBe(27)
})

it.each([
  ['says nothing', []],
  ['knows no time series', [{ storageStats: { storageSize: 1_800_000 } }]],
  [
    'has just begun',
    [changed({ timeseries: { bucketCount: 1000, numBucketInserts: 9, numMeasurementsCommitted: 900 } })],
  ],
  [
    'has no readings',
    [changed({ timeseries: { bucketCount: 0, numBucketInserts: 500, numMeasurementsCommitted: 0 } })],
  ],
  ['says what cannot be', [changed({ storageSize: 1e9 })]],
])('is not known of a server that %s', (_, shards) => {
  expect(bytesPerReading(shards)).toBeUndefined()
})

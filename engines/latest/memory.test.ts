import { expect, test } from 'vitest'
import {
  aSeriesReading,
  describeLatestContract,
  noonClock,
  point,
  seriesOf,
} from '../../nodes/platform/latest/latest.contract.ts'
import { MemoryLatestValues } from './memory.ts'

describeLatestContract('Memory', (series, clock) => new MemoryLatestValues(series, clock))

test('in memory there is nothing to wait for, and what a device was to its former owner is gone', async () => {
  const latest = new MemoryLatestValues(seriesOf(), noonClock)
  expect(latest.put([aSeriesReading({ port: 1, ts: 10 })])).toBeUndefined()
  latest.put([aSeriesReading({ orgId: 'other', port: 2, ts: 5 })])
  expect(await latest.of('other', 'd1')).toEqual([point(2, 5)])
  expect(await latest.of('acme', 'd1')).toEqual([])
})

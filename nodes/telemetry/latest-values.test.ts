import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SeriesPoint } from '../platform/series/port.ts'
import { type LatestSource, MemoryLatestValues } from './latest-values.ts'
import { aReading } from './reading.fixture.ts'

const point = (port: number, ts: number): SeriesPoint & { readonly port: number } => {
  const { orgId: _, deviceId: __, ...rest } = aReading({ port, ts })
  return rest
}

/** A series that knows these newest readings of `d1` of `acme`, and counts how often it was asked. */
function seriesOf(...points: ReturnType<typeof point>[]): LatestSource & { asked: number } {
  return {
    asked: 0,
    async latest(orgId, deviceId) {
      this.asked += 1
      return orgId === 'acme' && deviceId === 'd1' ? points : []
    },
  }
}

describe('latest values', () => {
  test('are those of the series until something newer comes', async () => {
    const latest = new MemoryLatestValues(seriesOf(point(1, 10), point(2, 20)))
    latest.put([aReading({ port: 1, ts: 30 })])
    expect(await latest.of('acme', 'd1')).toEqual([point(1, 30), point(2, 20)])
  })

  test('a late reading never replaces a newer one, wherever that came from', async () => {
    const latest = new MemoryLatestValues(seriesOf(point(1, 10)))
    latest.put([aReading({ ts: 5 })])
    expect(await latest.of('acme', 'd1')).toEqual([point(1, 10)])
    latest.put([aReading({ ts: 9 })])
    expect(await latest.of('acme', 'd1')).toEqual([point(1, 10)])
  })

  test('the series is asked once for each device', async () => {
    const series = seriesOf(point(1, 10))
    const latest = new MemoryLatestValues(series)
    await latest.of('acme', 'd1')
    await latest.of('acme', 'd1')
    expect(series.asked).toBe(1)
    latest.forget('d1')
    await latest.of('acme', 'd1')
    expect(series.asked).toBe(2)
  })

  test('another organization gets nothing of a device', async () => {
    const latest = new MemoryLatestValues(seriesOf(point(1, 10)))
    latest.put([aReading({ ts: 20 })])
    expect(await latest.of('other', 'd1')).toEqual([])
    expect(await latest.of('acme', 'd1')).toEqual([point(1, 20)])
  })

  test('an organization that asks for a device that is not its own leaves no trace', async () => {
    const latest = new MemoryLatestValues(seriesOf(point(1, 10)))
    expect(await latest.of('other', 'd1')).toEqual([])
    expect(await latest.of('acme', 'd1')).toEqual([point(1, 10)])
  })

  test('a device that comes back under another organization begins anew', async () => {
    const latest = new MemoryLatestValues(seriesOf())
    latest.put([aReading({ port: 1, ts: 10 })])
    latest.put([aReading({ orgId: 'other', port: 2, ts: 5 })])
    expect(await latest.of('other', 'd1')).toEqual([point(2, 5)])
    expect(await latest.of('acme', 'd1')).toEqual([])
  })

  test('in whatever order readings come, the newest of each port stays', async () => {
    const reading = fc
      .record({ port: fc.nat(3), ts: fc.nat(50), deviceId: fc.constantFrom('d1', 'd2') })
      .map((key) => aReading(key))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(reading)), async (batches) => {
        const latest = new MemoryLatestValues(seriesOf())
        for (const batch of batches) latest.put(batch)
        const own = batches.flat().filter(({ deviceId }) => deviceId === 'd1')
        const newest = (port: number): number =>
          Math.max(-1, ...own.filter((each) => each.port === port).map(({ ts }) => ts))
        const expected = [0, 1, 2, 3].map((port) => [port, newest(port)]).filter(([, ts]) => ts !== -1)
        expect((await latest.of('acme', 'd1')).map(({ port, ts }) => [port, ts])).toEqual(expected)
      }),
    )
  })
})

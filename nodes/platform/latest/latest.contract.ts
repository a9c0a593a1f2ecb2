/** The one suite that every adapter of the port of latest values passes. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import type { SeriesReading } from '../series/port.ts'
import type { LatestSource, LatestValue, LatestValues } from './port.ts'

const noonMs = Date.UTC(2025, 8, 6, 12)

export const aSeriesReading = (changes: Partial<SeriesReading> = {}): SeriesReading => ({
  orgId: 'acme',
  deviceId: 'd1',
  port: 1,
  ts: noonMs,
  rawValue: 10.25,
  calibratedValue: -3e-7,
  quality: 'good',
  ingestTs: noonMs + 1000,
  ...changes,
})

export const point = (port: number, ts: number): LatestValue => {
  const { orgId: _, deviceId: __, ...rest } = aSeriesReading({ port, ts })
  return rest
}

/** A series that knows these newest readings of `d1` of `acme`, and counts how often it was asked. */
export function seriesOf(...points: readonly LatestValue[]): LatestSource & { asked: number } {
  return {
    asked: 0,
    async latest(orgId, deviceId) {
      this.asked += 1
      return orgId === 'acme' && deviceId === 'd1' ? points : []
    },
  }
}

type LatestClock = Pick<Clock, 'nowMs'>
export const noonClock: LatestClock = { nowMs: () => noonMs }

/** `openAt` gives latest values that know nothing but what the series knows. */
export function describeLatestContract(
  name: string,
  openAt: (series: LatestSource, clock: LatestClock) => LatestValues,
): void {
  const open = (series: LatestSource): LatestValues => openAt(series, noonClock)
  describe(`${name} keeps the contract of latest values:`, () => {
    test('those of the series count until something newer comes', async () => {
      const latest = open(seriesOf(point(1, 10), point(2, 20)))
      await latest.put([aSeriesReading({ port: 1, ts: 30, quality: 'out-of-range', rawValue: 1e21 })])
      expect(await latest.of('acme', 'd1')).toEqual([
        { ...point(1, 30), quality: 'out-of-range', rawValue: 1e21 },
        point(2, 20),
      ])
    })

    test('a late reading never replaces a newer one, wherever that came from', async () => {
      const latest = open(seriesOf(point(1, 10)))
      await latest.put([aSeriesReading({ ts: 5 })])
      expect(await latest.of('acme', 'd1')).toEqual([point(1, 10)])
      await latest.put([aSeriesReading({ ts: 9 })])
      expect(await latest.of('acme', 'd1')).toEqual([point(1, 10)])
    })

    test('of two readings with the same time the first stays', async () => {
      const latest = open(seriesOf())
      await latest.put([aSeriesReading({ rawValue: 1 }), aSeriesReading({ rawValue: 2 })])
      await latest.put([aSeriesReading({ rawValue: 3 })])
      expect((await latest.of('acme', 'd1')).map(({ rawValue }) => rawValue)).toEqual([1])
    })

    test('the series is asked once for each device', async () => {
      const series = seriesOf(point(1, 10))
      const latest = open(series)
      await latest.of('acme', 'd1')
      await latest.of('acme', 'd1')
      expect(series.asked).toBe(1)
      await latest.forget('acme', 'd1')
      await latest.of('acme', 'd1')
      expect(series.asked).toBe(2)
    })

    test('another organization gets nothing of a device, and leaves no trace', async () => {
      const latest = open(seriesOf(point(1, 10)))
      expect(await latest.of('other', 'd1')).toEqual([])
      await latest.put([aSeriesReading({ ts: 20 })])
      expect(await latest.of('other', 'd1')).toEqual([])
      expect(await latest.of('acme', 'd1')).toEqual([point(1, 20)])
    })

    test('a device that comes back under another organization begins anew', async () => {
      const latest = open(seriesOf())
      await latest.put([aSeriesReading({ port: 1, ts: 10 })])
      await latest.put([aSeriesReading({ orgId: 'other', port: 2, ts: 5 })])
      expect(await latest.of('other', 'd1')).toEqual([point(2, 5)])
    })

    test('many devices in one batch, none takes the place of another', async () => {
      const latest = open(seriesOf())
      const ids = Array.from({ length: 700 }, (_, index) => `d${index}`)
      await latest.put(ids.map((deviceId, index) => aSeriesReading({ deviceId, ts: index })))
      const found = await Promise.all(['d0', 'd350', 'd699'].map((id) => latest.of('acme', id)))
      expect(found.map(([value]) => value?.ts)).toEqual([0, 350, 699])
    })

    test('once a clock that was a day ahead is right, the next reading counts and what was noted ahead does not', async () => {
      const dayMs = 86_400_000
      let nowMs = noonMs + dayMs
      const latest = openAt(seriesOf(point(1, noonMs + dayMs)), { nowMs: () => nowMs })
      await latest.put([
        aSeriesReading({ ts: noonMs + dayMs }),
        aSeriesReading({ port: 2, ts: noonMs + dayMs }),
        aSeriesReading({ port: 3, ts: noonMs + dayMs }),
      ])
      nowMs = noonMs
      await latest.put([aSeriesReading({ ts: noonMs }), aSeriesReading({ port: 2, ts: noonMs })])
      await latest.put([aSeriesReading({ port: 2, ts: noonMs + dayMs + 1 })])
      expect(await latest.of('acme', 'd1')).toEqual([
        point(1, noonMs),
        point(2, noonMs),
        point(3, noonMs + dayMs),
      ])
    })

    test('a device whose clock is ahead as far as it may be still has its newest reading', async () => {
      const latest = open(seriesOf())
      await latest.put([aSeriesReading({ ts: noonMs + 5 * 60_000 })])
      await latest.put([aSeriesReading({ ts: noonMs })])
      expect(await latest.of('acme', 'd1')).toEqual([point(1, noonMs + 5 * 60_000)])
    })

    test('in whatever order readings come, the newest of each port stays', async () => {
      const reading = fc
        .record({ port: fc.nat(3), ts: fc.nat(50), deviceId: fc.constantFrom('d1', 'd2') })
        .map((key) => aSeriesReading(key))
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(reading), { maxLength: 5 }), async (batches) => {
          const latest = open(seriesOf())
          await Promise.all(batches.map(async (batch) => latest.put(batch)))
          const own = batches.flat().filter(({ deviceId }) => deviceId === 'd1')
          const newest = (port: number): number =>
            Math.max(-1, ...own.filter((each) => each.port === port).map(({ ts }) => ts))
          const expected = [0, 1, 2, 3].map((port) => [port, newest(port)]).filter(([, ts]) => ts !== -1)
          expect((await latest.of('acme', 'd1')).map(({ port, ts }) => [port, ts])).toEqual(expected)
        }),
        { numRuns: 50 },
      )
    })
  })
}

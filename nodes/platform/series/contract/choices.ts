/** What a question to history may choose: a zone, qualities. */
import { expect, it } from 'vitest'

import { bucketsOf, expectSame, summaryOf } from './brute-force.ts'
import { allPages, asItems, DAY_MS, reading } from './fixture.ts'
import type { SeriesUnderTest } from './fixture.ts'
import { allBuckets, ALWAYS, beside, scatter, threeDays, WIDTHS } from './history-data.ts'

export function describeChoices(subject: () => SeriesUnderTest): void {
  it('has days of a zone, with 23 and 25 hours where its clocks change', async () => {
    const test = subject()
    const fromMs = Date.UTC(2025, 2, 27)
    // Over both changes of the year, every 20 minutes of two weeks.
    const inSpring = Array.from({ length: 500 }, (_, i) => fromMs + i * 1_200_000)
    const inAutumn = inSpring.map((ts) => ts + 211 * DAY_MS)
    const all = [...inSpring, ...inAutumn].map((ts, i) => reading({ ts, rawValue: (i * 37) % 100 }))
    await test.store.append(all)
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      for (const timeZone of ['Europe/Rome', 'Asia/Kolkata', 'America/Havana', 'UTC']) {
        const expected = bucketsOf(all, '1d', timeZone)
        expectSame(await allBuckets(test.store, { width: '1d', timeZone }), expected)
        expectSame(await allBuckets(test.store, { width: '1d', timeZone, limit: 1 }), expected)
      }
      const days = await allBuckets(test.store, { width: '1d', timeZone: 'Europe/Rome' })
      const counts = new Map(days.map(({ ts, count }) => [new Date(ts).toISOString(), count]))
      expect(counts.get('2025-03-29T23:00:00.000Z')).toBe(69)
      expect(counts.get('2025-10-25T22:00:00.000Z')).toBe(75)
    }
  })

  it('counts the qualities that are asked for, wherever the readings are', async () => {
    const test = subject()
    const kinds = ['good', 'out-of-range', 'late', 'suspect'] as const
    const all = threeDays.map((one, i) => reading({ ...one, quality: kinds[i % 4] ?? 'good' }))
    // Repeats of another quality do not show what they repeat in another light.
    await scatter(test, [...all, ...beside])
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      for (const qualities of [['good'], ['late', 'good'], []] as const) {
        const counting = all.filter(({ quality }) => qualities.some((one) => one === quality))
        for (const width of WIDTHS)
          expectSame(await allBuckets(test.store, { width, qualities }), bucketsOf(counting, width))
        const summary = await test.store.summary({ ...ALWAYS, qualities })
        expectSame(
          [summary].flatMap((one) => one ?? []),
          counting.length === 0 ? [] : [summaryOf(counting)],
        )
        for (const direction of ['ascending', 'descending'] as const) {
          const pages = await allPages(test.store, { ...ALWAYS, qualities, direction, limit: 7 })
          const expected = asItems(counting)
          expect(pages).toEqual(direction === 'ascending' ? expected : expected.toReversed())
        }
      }
    }
  })
}

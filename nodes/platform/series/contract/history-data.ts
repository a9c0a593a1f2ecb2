/** Readings of some days, in whatever state a store may have them, and all buckets of them. */
import type { BucketQuery, BucketWidth, SeriesBucket, SeriesReading, SeriesStore } from '../port.ts'
import { reading, START_MS } from './fixture.ts'
import type { SeriesUnderTest } from './fixture.ts'

export const WIDTHS = ['1m', '5m', '1h', '1d'] as const satisfies readonly BucketWidth[]
export const PORT_1 = { orgId: 'org-1', deviceId: 'device-1', port: 1 } as const
export const ALWAYS = { ...PORT_1, fromMs: Number.MIN_SAFE_INTEGER, toMs: Number.MAX_SAFE_INTEGER } as const

export async function allBuckets(
  store: SeriesStore,
  query: Partial<BucketQuery> & Pick<BucketQuery, 'width'>,
): Promise<readonly SeriesBucket[]> {
  const items: SeriesBucket[] = []
  let page = await store.buckets({ ...ALWAYS, limit: 10_000, ...query })
  items.push(...page.items)
  while (page.nextCursor !== undefined) {
    page = await store.buckets({ ...ALWAYS, limit: 10_000, ...query, cursor: page.nextCursor })
    items.push(...page.items)
  }
  return items
}

/** Three days of port 1, a reading every 7 minutes, beside another port that must not get in. */
export const threeDays = Array.from({ length: 600 }, (_, i) =>
  reading({ ts: START_MS + i * 420_000, rawValue: (i * 37) % 100 }),
)
export const beside = threeDays.map((one) => reading({ ...one, port: 2, calibratedValue: 1e6 }))

/** Some written out and merged, some written out, some not, none in order, with repeats of other values. */
export async function scatter(test: SeriesUnderTest, all: readonly SeriesReading[]): Promise<void> {
  const count = all.length
  // 7 has no common factor with 600, so that every reading comes up.
  const mixed = all.map((_, i) => all[(i * 7) % count] ?? reading())
  const wrong = (from: number, to: number): readonly SeriesReading[] =>
    mixed.slice(from, to).map((one) => reading({ ...one, calibratedValue: -1e9 }))
  await test.store.append(mixed.slice(0, count / 2))
  await test.settle()
  await test.store.append([...wrong(0, count / 10), ...mixed.slice(count / 2, count * 0.9)])
  await test.store.flush()
  await test.store.append([...wrong(count / 4, count * 0.75), ...mixed.slice(count * 0.9)])
}

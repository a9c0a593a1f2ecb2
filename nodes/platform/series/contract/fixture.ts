/** What the contract needs of an adapter, and readings to try it with. */
import type { RangePage, RangeQuery, ReadingKey, SeriesReading, SeriesStore } from '../port.ts'

export interface SeriesUnderTest {
  readonly store: SeriesStore
  /** Closes the store and opens it again. */
  reopen(): Promise<void>
  /** Opens what a crash right now would leave, instead of the store. */
  crash(): Promise<void>
  /** Flushes, and lets work in the background catch up. */
  settle(): Promise<void>
  close(): Promise<void>
}

export const START_MS = Date.UTC(2025, 8, 6, 12)
export const DAY_MS = 86_400_000

export function reading(overrides: Partial<SeriesReading> = {}): SeriesReading {
  const { ts = START_MS, rawValue = 20.5 } = overrides
  return {
    orgId: 'org-1',
    deviceId: 'device-1',
    port: 1,
    ts,
    rawValue,
    calibratedValue: rawValue * 2,
    quality: 'good',
    ingestTs: ts + 20,
    ...overrides,
  }
}

export function readings(count: number, overrides: Partial<SeriesReading> = {}): readonly SeriesReading[] {
  return Array.from({ length: count }, (_, i) =>
    reading({ ts: START_MS + i * 1000, rawValue: i, ...overrides }),
  )
}

export const everything = {
  orgId: 'org-1',
  deviceId: 'device-1',
  fromMs: Number.MIN_SAFE_INTEGER,
  toMs: Number.MAX_SAFE_INTEGER,
  limit: 10_000,
} as const

/** The readings as a range over all of `device-1` returns them. */
export function asItems(of: readonly SeriesReading[]): RangePage['items'] {
  return of.map(({ orgId: _orgId, deviceId: _deviceId, ...item }) => item)
}

export async function itemsOf(
  store: SeriesStore,
  query: Partial<RangeQuery> = {},
): Promise<RangePage['items']> {
  return (await store.range({ ...everything, ...query })).items
}

export async function allPages(store: SeriesStore, query: Partial<RangeQuery>): Promise<RangePage['items']> {
  const items: RangePage['items'][number][] = []
  let page = await store.range({ ...everything, ...query })
  items.push(...page.items)
  while (page.nextCursor !== undefined) {
    page = await store.range({ ...everything, ...query, cursor: page.nextCursor })
    items.push(...page.items)
  }
  return items
}

/** For each key whether a reading is stored under it. */
export async function contains(
  store: Pick<SeriesStore, 'rawValues'>,
  keys: readonly ReadingKey[],
): Promise<readonly boolean[]> {
  return (await store.rawValues(keys)).map((value) => value !== undefined)
}

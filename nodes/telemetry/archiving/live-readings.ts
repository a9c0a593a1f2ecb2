import type { RangePage, RangeQuery, SeriesStore } from '../../platform/series/port.ts'

const pageSize = 10_000

/** All pages of a range of the live series. */
export async function* livePages(
  live: Pick<SeriesStore, 'range'>,
  query: Omit<RangeQuery, 'limit' | 'cursor'>,
  limit: number = pageSize,
): AsyncGenerator<RangePage['items']> {
  let cursor: string | undefined
  do {
    const page: RangePage = await live.range({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) })
    yield page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

import type {
  BucketPage,
  BucketQuery,
  RangePage,
  RangeQuery,
  SeriesBucket,
  SeriesStore,
} from '../../platform/series/port.ts'

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

/** Up to `limit` buckets, however many pages the store makes of them. */
export async function liveBuckets(
  live: Pick<SeriesStore, 'buckets'>,
  query: Omit<BucketQuery, 'cursor'>,
): Promise<readonly SeriesBucket[]> {
  const items: SeriesBucket[] = []
  let cursor: string | undefined
  do {
    const limit = query.limit - items.length
    const page: BucketPage = await live.buckets({
      ...query,
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined && items.length < query.limit)
  return items
}

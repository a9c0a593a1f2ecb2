/** Pages of readings of some qualities, made of pages of all. */
import { setImmediate } from 'node:timers/promises'

import type { RangePage, RangeQuery } from './port.ts'

type Item = RangePage['items'][number]

/** So many readings are gone through for one page at most; one that finds less than asked for among them is shorter. */
const maxSeen = 200_000
const seenAtOnce = 2000

export interface AllQualities {
  /** A page of readings of any quality. */
  page(query: RangeQuery): Promise<RangePage>
  /** The cursor of a page that ends with this reading. */
  cursorAfter(item: Item): string
}

/** What `range` of the port answers; gives the event loop back between pages. */
export async function rangeOfQualities(query: RangeQuery, all: AllQualities): Promise<RangePage> {
  const { qualities, limit, ...period } = query
  if (qualities === undefined || !(limit >= 1)) return await all.page({ ...period, limit })
  const items: Item[] = []
  let { cursor } = period
  for (let seen = 0; seen < maxSeen; seen += seenAtOnce) {
    const page = await all.page({ ...period, limit: seenAtOnce, ...(cursor === undefined ? {} : { cursor }) })
    for (const item of page.items) {
      if (!qualities.includes(item.quality)) continue
      const last = items.at(-1)
      if (items.length === limit && last !== undefined) return { items, nextCursor: all.cursorAfter(last) }
      items.push(item)
    }
    if (page.nextCursor === undefined) return { items }
    cursor = page.nextCursor
    await setImmediate()
  }
  return cursor === undefined ? { items } : { items, nextCursor: cursor }
}

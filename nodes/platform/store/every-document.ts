import type { Collection, Document, Filter, FindOptions, Stored } from './port.ts'

const PAGE = 500

/** All documents that match, page by page behind the scenes; `limit` is the page size. */
export async function* everyDocument<T extends Document>(
  collection: Collection<T>,
  filter: Filter = {},
  options: Omit<FindOptions, 'cursor'> = {},
): AsyncGenerator<Stored<T>, void, undefined> {
  let cursor: string | undefined
  do {
    const page = await collection.find(filter, { limit: PAGE, ...options, ...(cursor && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

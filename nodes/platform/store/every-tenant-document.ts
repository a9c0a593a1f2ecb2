import type { CollectionSpec, Document, Filter, Owned, Page, Store } from './port.ts'

/** All documents of a collection over all organizations, page by page: for caches that fill at start. */
export async function* everyTenantDocument<T extends Document>(
  store: Pick<Store, 'everywhere'>,
  spec: CollectionSpec<T>,
  filter: Filter = {},
): AsyncGenerator<Owned<T>> {
  let cursor: string | undefined
  do {
    const page: Omit<Page<T>, 'items'> & { readonly items: readonly Owned<T>[] } = await store.everywhere(
      spec,
      filter,
      cursor === undefined ? { limit: 1000 } : { limit: 1000, cursor },
    )
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

import type { Connection } from './platform.ts'
import { type Query, type QueryOptions, useQuery } from './use-query.ts'

/** As many as a list asks for at a time. */
export const pageSize = 50

interface Page {
  readonly items: readonly unknown[]
  readonly nextCursor?: string | undefined
}

export interface Listed<P extends Page> {
  readonly items: readonly P['items'][number][]
  readonly hasMore: boolean
  /** The page that was read last, for what it says beside its items. */
  readonly last: P | undefined
}

export interface List<P extends Page> extends Query<Listed<P>> {
  /** Shows another page of it. */
  readonly more: () => void
  /** Shows one page again, from the next question on. */
  readonly startOver: () => void
}

/** A list of which a page is shown, and another whenever somebody wants more. @param pagesOf asks for {@link pageSize} at a time */
export function useList<P extends Page>(
  pagesOf: (connection: Connection, signal: AbortSignal) => AsyncIterable<P>,
  options: QueryOptions = {},
): List<P> {
  let most = pageSize
  const query = useQuery(async (connection, signal): Promise<Listed<P>> => {
    const items: P['items'][number][] = []
    let last: P | undefined
    for await (const page of pagesOf(connection, signal)) {
      last = page
      items.push(...page.items)
      if (items.length >= most) break
    }
    return { items, hasMore: last?.nextCursor !== undefined, last }
  }, options)
  return {
    ...query,
    more() {
      most += pageSize
      query.reload()
    },
    startOver() {
      most = pageSize
    },
  }
}

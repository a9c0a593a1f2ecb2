import type { Page } from './api-types.ts'

/** Why the API did not give what was asked for, as far as it makes a difference to the person at the screen. */
export type FailureReason = 'signed-out' | 'forbidden' | 'missing' | 'unreachable' | 'broken'

export interface Failure {
  readonly kind: 'failed'
  readonly reason: FailureReason
  /** Names the request in the platform's log. */
  readonly requestId: string | undefined
}

export type Answer<T> = { readonly kind: 'answered'; readonly body: T } | Failure

type Query = Readonly<Record<string, string>>

const timeoutMs = 15_000
/** `Date` has whole seconds, and the answer took a moment: less than this says nothing about the clock. */
const noticeableMs = 3000

export function reasonFor(status: number): FailureReason {
  if (status === 401) return 'signed-out'
  if (status === 403) return 'forbidden'
  return status === 404 ? 'missing' : 'broken'
}

export function clockOffset(dateHeader: string | null, localMs: number): number {
  const offset = dateHeader === null ? 0 : Date.parse(dateHeader) - localMs
  return Math.abs(offset) > noticeableMs ? offset : 0
}

/** The API in the name of the session's user, for one organization; the session's cookie goes along by itself. */
export class Api {
  readonly #headers: Readonly<Record<string, string>>
  readonly #signal: AbortSignal
  #offsetMs = 0

  constructor(organization: string | undefined, signal: AbortSignal) {
    this.#headers = organization === undefined ? {} : { 'X-Organization': organization }
    this.#signal = signal
  }

  /** The platform's time, epoch milliseconds: this machine's clock may be wrong. */
  nowMs(): number {
    return Date.now() + this.#offsetMs
  }

  async get<T>(path: string, query: Query = {}): Promise<Answer<T>> {
    const search = new URLSearchParams(query).toString()
    try {
      const response = await fetch(`/api/v1${path}${search === '' ? '' : `?${search}`}`, {
        headers: this.#headers,
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(timeoutMs)]),
      })
      this.#offsetMs = clockOffset(response.headers.get('Date'), Date.now())
      if (response.ok) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform answers by the schema that T comes from
        return { kind: 'answered', body: (await response.json()) as T }
      }
      const requestId = response.headers.get('X-Request-Id') ?? undefined
      return { kind: 'failed', reason: reasonFor(response.status), requestId }
    } catch {
      return { kind: 'failed', reason: 'unreachable', requestId: undefined }
    }
  }

  /** Follows the cursors of a list. @param maxPages where it stops at the latest */
  async all<T>(path: string, query: Query, maxPages: number): Promise<Answer<readonly T[]>> {
    const items: T[] = []
    let cursor: string | undefined
    for (let page = 0; page < maxPages; page += 1) {
      const answer = await this.get<Page<T>>(path, cursor === undefined ? query : { ...query, cursor })
      if (answer.kind === 'failed') return answer
      for (const item of answer.body.items) items.push(item)
      cursor = answer.body.nextCursor
      if (cursor === undefined) break
    }
    return { kind: 'answered', body: items }
  }
}

import { type Backoff, backoffMs } from '../nodes/platform/backoff.ts'
import { type Credentials, cookie } from './credentials.ts'
import { CallFailed, failureOf } from './failure.ts'
import type { ItemOf, RequestOf, ResultOf, Route, SomeOperation } from './route.ts'

export interface ClientParts {
  /** Of the platform, such as `https://iot.example.com`; in a page of the platform itself nothing. */
  readonly url?: string
  readonly credentials?: Credentials
  /** For users who look after several: the one that all calls are about. */
  readonly organization?: string | undefined
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal
  readonly fetch?: typeof fetch
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs?: number
  /** Tries of what may be repeated without doing it twice, the first included. */
  readonly tries?: number
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  /** Makes a POST repeatable, where the operation takes it. */
  readonly idempotencyKey?: string
}

const defaults = { timeoutMs: 15_000, tries: 3 }
const pauses: Backoff = { firstMs: 250, lastMs: 4000 }
/** `Date` has whole seconds, and the answer took a moment: less than this says nothing about the clock. */
const noticeableMs = 3000
const repeatable = new Set(['get', 'put', 'delete'])

export function clockOffset(dateHeader: string | null, localMs: number): number {
  const offset = dateHeader === null ? 0 : Date.parse(dateHeader) - localMs
  return Math.abs(offset) > noticeableMs ? offset : 0
}

interface Parts {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `RequestOf` makes of any operation is of this shape
const partsOf = (request: unknown): Parts => request as Parts

interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/**
 * The platform's API for one user and one organization. A call names an operation and is typed by it:
 * `await client.call(getDevice, { params: { id } })`. All fail with {@link CallFailed}.
 */
export class Client {
  readonly url: string
  readonly credentials: Credentials
  readonly organization: string | undefined
  readonly #parts: ClientParts
  readonly #ask: typeof fetch
  #offsetMs = 0

  constructor(parts: ClientParts = {}) {
    this.url = parts.url ?? ''
    this.credentials = parts.credentials ?? cookie
    this.organization = parts.organization
    this.#parts = parts
    this.#ask = parts.fetch ?? ((...request) => fetch(...request))
  }

  /** The same user, for that organization. */
  in(organization: string): Client {
    return new Client({ ...this.#parts, organization })
  }

  /** The platform's time, epoch milliseconds: this machine's clock may be wrong. */
  nowMs(): number {
    return Date.now() + this.#offsetMs
  }

  async call<O extends SomeOperation>(
    route: Route<O>,
    request: RequestOf<O>,
    options: CallOptions = {},
  ): Promise<ResultOf<O>> {
    const response = await this.fetch(route, request, options)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform answers by the operation's own schema
    return (response.status === 204 ? undefined : await this.#json(response)) as ResultOf<O>
  }

  /** The answer as it came, for what is no JSON (exports). */
  async fetch<O extends SomeOperation>(
    route: Route<O>,
    request: RequestOf<O>,
    { signal, headers, idempotencyKey }: CallOptions = {},
  ): Promise<Response> {
    const { params = {}, query = {}, body } = partsOf(request)
    const isRepeatable = repeatable.has(route.method) || idempotencyKey !== undefined
    const signals = [signal, this.#parts.signal].filter((each) => each !== undefined)
    const init = {
      method: route.method.toUpperCase(),
      headers: {
        ...(this.organization === undefined ? {} : { 'x-organization': this.organization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    }
    return this.#try(this.url + address(route.path, params, query), init, signals, isRepeatable)
  }

  /** Follows the cursors of a list, page by page, as far as it is read. */
  async *pages<O extends SomeOperation>(
    route: Route<O>,
    request: RequestOf<O>,
    options: CallOptions = {},
  ): AsyncGenerator<ResultOf<O>, void> {
    let cursor: string | undefined
    const { query = {}, ...rest } = partsOf(request)
    do {
      const next: unknown = { ...rest, query: cursor === undefined ? query : { ...query, cursor } }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller's own request with the cursor that every list takes
      const page = await this.call(route, next as RequestOf<O>, options)
      yield page
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every list answers so
      cursor = (page as { readonly nextCursor?: string }).nextCursor
    } while (cursor !== undefined)
  }

  /** The items of a list, over all its pages, as far as they are read. */
  async *items<O extends SomeOperation>(
    route: Route<O>,
    request: RequestOf<O>,
    options: CallOptions = {},
  ): AsyncGenerator<ItemOf<O>, void> {
    for await (const page of this.pages(route, request, options)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every list answers so
      yield* (page as { readonly items: readonly ItemOf<O>[] }).items
    }
  }

  /** All items of a list. @param most where it stops at the latest */
  async all<O extends SomeOperation>(
    route: Route<O>,
    request: RequestOf<O>,
    { most = Infinity, ...options }: CallOptions & { readonly most?: number } = {},
  ): Promise<ItemOf<O>[]> {
    const items: ItemOf<O>[] = []
    for await (const item of this.items(route, request, options)) {
      items.push(item)
      if (items.length >= most) break
    }
    return items
  }

  async #try(
    url: string,
    init: Sent,
    signals: readonly AbortSignal[],
    isRepeatable: boolean,
  ): Promise<Response> {
    let hasRenewed = false
    for (let attempt = 0; ; attempt += 1) {
      const { token } = this.credentials
      const outcome = await this.#once(url, init, signals)
      if (outcome instanceof Response && outcome.ok) return outcome
      const failure = outcome instanceof Response ? await failureOf(outcome) : outcome
      if (failure.reason === 'signed-out' && !hasRenewed) {
        hasRenewed = true
        if (!(await this.credentials.renew(token))) throw failure
        continue
      }
      const mayPass = failure.reason === 'unreachable' || failure.problem?.status === 503
      const isLast = attempt + 1 >= (this.#parts.tries ?? defaults.tries)
      if (!isRepeatable || !(mayPass || failure.reason === 'busy') || isLast) throw failure
      await pause(failure.retryAfterMs ?? backoffMs(attempt, pauses, Math.random()), signals)
    }
  }

  async #once(url: string, init: Sent, signals: readonly AbortSignal[]): Promise<Response | CallFailed> {
    const limit = AbortSignal.timeout(this.#parts.timeoutMs ?? defaults.timeoutMs)
    const headers = { ...init.headers, ...this.credentials.headers() }
    try {
      const response = await this.#ask(url, {
        ...init,
        headers,
        signal: AbortSignal.any([...signals, limit]),
      })
      this.#offsetMs = clockOffset(response.headers.get('date'), Date.now())
      return response
    } catch (cause) {
      for (const signal of signals) signal.throwIfAborted()
      return new CallFailed('unreachable', { cause })
    }
  }

  async #json(response: Response): Promise<unknown> {
    try {
      return await response.json()
    } catch (cause) {
      for (const signal of [this.#parts.signal]) signal?.throwIfAborted()
      throw new CallFailed('unreachable', { cause })
    }
  }
}

/** @throws when a parameter of the path is missing: that is the caller's mistake */
export function address(
  path: string,
  params: Readonly<Record<string, unknown>>,
  query: Readonly<Record<string, unknown>>,
): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name]
    if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError(`${path} needs ${name}`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, textOf(value)]],
    ),
  ).toString()
  return search === '' ? filled : `${filled}?${search}`
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.any([...signals])
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}

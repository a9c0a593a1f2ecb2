import { z } from 'zod'

const loginSchema = z.object({ accessToken: z.string(), refreshToken: z.string(), expiresIn: z.number() })
const renewBeforeMs = 120_000

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown
}

export interface Call {
  readonly body?: unknown
  /** Sent as it is instead of `body`. */
  readonly bytes?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  /** `anonymous` sends no credentials; anything else is the Authorization header. */
  readonly as?: string
}

interface Session {
  readonly token: string
  readonly renewAtMs: number
}

interface Shared {
  session?: Session | undefined
  /** Under way: calls at once sign in once, as an app would; many at once are taken for guesses. */
  signingIn?: Promise<string> | undefined
}

/** The REST API as an app sees it, signed in as one user, for one organization at a time. */
export class ApiClient {
  readonly url: string
  readonly organization: string | undefined
  readonly #login: { readonly email: string; readonly password: string }
  readonly #shared: Shared

  constructor(
    url: string,
    login: { readonly email: string; readonly password: string },
    organization?: string,
    shared: Shared = {},
  ) {
    this.url = url
    this.#login = login
    this.organization = organization
    this.#shared = shared
  }

  /** The same user, for that organization. */
  in(organization: string): ApiClient {
    return new ApiClient(this.url, this.#login, organization, this.#shared)
  }

  /** Somebody else at the same place. */
  signedInAs(email: string, password: string): ApiClient {
    return new ApiClient(this.url, { email, password })
  }

  async token(): Promise<string> {
    const { session } = this.#shared
    if (session !== undefined && Date.now() < session.renewAtMs) return session.token
    this.#shared.signingIn ??= this.#signIn().finally(() => {
      this.#shared.signingIn = undefined
    })
    return this.#shared.signingIn
  }

  async #signIn(): Promise<string> {
    const answer = await this.call('POST', '/api/v1/auth/login', { body: this.#login, as: 'anonymous' })
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.text}`)
    const { accessToken, expiresIn } = loginSchema.parse(answer.body)
    this.#shared.session = { token: accessToken, renewAtMs: Date.now() + expiresIn * 1000 - renewBeforeMs }
    return accessToken
  }

  /** Any request, any answer. */
  async call(method: string, path: string, { body, bytes, headers, as }: Call = {}): Promise<Answer> {
    const authorization = as ?? `Bearer ${await this.token()}`
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === 'anonymous' ? {} : { authorization }),
        ...(this.organization === undefined || as === 'anonymous'
          ? {}
          : { 'x-organization': this.organization }),
        ...headers,
      },
      body: bytes ?? (body === undefined ? null : JSON.stringify(body)),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parseOrUndefined(text) }
  }

  /** A request that must succeed. @throws with the answer when it does not */
  async expect<T>(schema: z.ZodType<T>, method: string, path: string, call?: Call): Promise<T> {
    const answer = await this.call(method, path, call)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return schema.parse(answer.body)
  }

  get<T>(schema: z.ZodType<T>, path: string): Promise<T> {
    return this.expect(schema, 'GET', path)
  }

  /** Everything of a list, page by page. */
  async *pages<T>(item: z.ZodType<T>, path: string): AsyncGenerator<readonly T[]> {
    const schema = z.object({ items: z.array(item), nextCursor: z.string().optional() })
    let cursor: string | undefined
    do {
      const separator = path.includes('?') ? '&' : '?'
      const next = cursor === undefined ? '' : `${separator}cursor=${encodeURIComponent(cursor)}`
      const page = await this.get(schema, `${path}${next}`)
      yield page.items
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  async all<T>(item: z.ZodType<T>, path: string): Promise<readonly T[]> {
    const items: T[] = []
    for await (const page of this.pages(item, path)) items.push(...page)
    return items
  }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

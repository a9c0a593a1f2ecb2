import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

/** The platform said no, or cannot be reached; the message is for people. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
}

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'problem'; readonly status: number; readonly text: string }

export interface Call<T> {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly answer: z.ZodType<T>
  readonly body?: unknown
  readonly token?: string
  readonly orgId?: string
}

export interface Api {
  call<T>(call: Call<T>): Promise<Answer<T>>
}

const problemSchema = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

// Too many requests, and a platform that is starting or restarting behind its proxy.
const WORTH_A_RETRY = new Set([429, 502, 503])
const ATTEMPTS = 6
const FIRST_WAIT_MS = 250

/** Talks to the platform; what may pass by itself is tried again, each time after twice the wait. */
export function createApi(url: string, signal: AbortSignal): Api {
  async function attempt<T>(call: Call<T>): Promise<Response | Error> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (call.body !== undefined) headers['content-type'] = 'application/json'
    if (call.token !== undefined) headers['authorization'] = `Bearer ${call.token}`
    if (call.orgId !== undefined) headers['x-organization'] = call.orgId
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    try {
      return await fetch(new URL(call.path, url), { method: call.method, headers, body, signal })
    } catch (error) {
      signal.throwIfAborted()
      return new PlatformError(`cannot reach ${url}: ${causeOf(error)}`)
    }
  }

  return {
    async call(call) {
      for (let tries = 1; ; tries++) {
        const response = await attempt(call)
        const passing = response instanceof Error || WORTH_A_RETRY.has(response.status)
        if (!passing || tries === ATTEMPTS) {
          if (response instanceof Error) throw response
          return read(call, response)
        }
        await delay(waitMs(response, tries), undefined, { signal })
      }
    },
  }
}

async function read<T>(call: Call<T>, response: Response): Promise<Answer<T>> {
  const what = `${call.method} ${call.path}`
  const body = parseJson(await response.text())
  if (!response.ok) {
    return { kind: 'problem', status: response.status, text: `${what}: ${describe(response, body)}` }
  }
  const value = call.answer.safeParse(body)
  if (value.success) return { kind: 'ok', value: value.data }
  throw new PlatformError(`${what} answered in an unexpected shape:\n${z.prettifyError(value.error)}`)
}

function describe(response: Response, body: unknown): string {
  const problem = problemSchema.safeParse(body)
  if (!problem.success) return `${response.status} ${response.statusText}`
  const { title = response.statusText, detail, errors = [] } = problem.data
  const lines = errors.map(({ path, message }) => `\n  ${path}: ${message}`)
  return `${response.status} ${title}${detail === undefined ? '' : `: ${detail}`}${lines.join('')}`
}

function waitMs(response: Response | Error, tries: number): number {
  const asked = response instanceof Error ? Number.NaN : Number(response.headers.get('retry-after') ?? NaN)
  return Number.isFinite(asked) ? Math.min(asked, 30) * 1_000 : FIRST_WAIT_MS * 2 ** (tries - 1)
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof AggregateError) return cause.errors.map(causeOf).join('; ')
  return cause instanceof Error ? cause.message : error.message
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

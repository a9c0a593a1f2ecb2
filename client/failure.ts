import type { Problem } from '../nodes/platform/kit/endpoints/problem.ts'

export type { Problem }

/** Why a call did not give what was asked for, as far as it makes a difference to whoever made it. */
export type FailureReason =
  /** Nobody is signed in (any more). */
  | 'signed-out'
  | 'forbidden'
  /** It does not exist, or is somebody else's. */
  | 'missing'
  /** The request is wrong, or in the way of something: `problem.errors` names the fields. */
  | 'refused'
  /** Too many requests; `retryAfterMs` says when to come again. */
  | 'busy'
  /** No answer came. */
  | 'unreachable'
  /** The platform failed. */
  | 'broken'

export function reasonFor(status: number): FailureReason {
  if (status === 401) return 'signed-out'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'missing'
  if (status === 429) return 'busy'
  return status >= 500 ? 'broken' : 'refused'
}

/** What every call of the client fails with; but for an abort by the caller, which is its own reason. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
  readonly reason: FailureReason
  /** What the platform says about it (RFC 9457); undefined when it said nothing. */
  readonly problem: Problem | undefined
  /** Names the request in the platform's log. */
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    reason: FailureReason,
    said: {
      readonly problem?: Problem | undefined
      readonly requestId?: string | undefined
      readonly retryAfterMs?: number | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(said.problem?.detail ?? said.problem?.title ?? `the platform could not be asked (${reason})`, {
      cause: said.cause,
    })
    this.reason = reason
    this.problem = said.problem
    this.requestId = said.requestId
    this.retryAfterMs = said.retryAfterMs
  }
}

export async function failureOf(response: Response): Promise<CallFailed> {
  const problem = await problemIn(response)
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new CallFailed(reasonFor(response.status), {
    problem,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  })
}

async function problemIn(response: Response): Promise<Problem | undefined> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true) return undefined
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the media type promises it
    return (await response.json()) as Problem
  } catch {
    return undefined
  }
}

import { credentialsOf } from '../identity/authenticator.ts'
import type { Identity } from '../identity/domain.ts'
import { acceptedLanguage } from '../platform/kit/language.ts'
import { utf8Text } from '../platform/kit/bytes.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import type { Envelope } from '../platform/kit/node-definition.ts'
import { admit, locate, parseParts } from './check-request.ts'
import { exchangeOf } from './http-message.ts'
import type { GuardedRequest } from '../platform/kit/endpoints/messages.ts'
import { type AnyOperation, type Outcome, refuse } from '../platform/kit/endpoints/operation.ts'
import { isIdempotencyKey } from '../platform/kit/endpoints/idempotency.ts'
import { type Problem, problem, unreadable } from '../platform/kit/endpoints/problem.ts'
import { problemOfFailure } from '../platform/kit/endpoints/run-operation.ts'
import { preferredWaitMs } from './prefer.ts'

/** The outputs of whatever guards: requests that may go on, and what the others are answered. */
export type Guarded = readonly [admitted: readonly GuardedRequest[], refused: readonly Outcome[]]

type Gatekeeper = Pick<Identity, 'authenticate' | 'mayName'>

/** Who may come, and how often. */
export interface Gates {
  readonly identity: Gatekeeper
  readonly quotas: Pick<QuotaBook, 'callWaitSeconds'>
}

const tooManyCalls = (seconds: number): Outcome =>
  refuse(problem(429, 'the organization has made as many calls as it may in a minute'), {
    'retry-after': String(seconds),
  })

/** @throws for a bug, and for a message that is no HTTP request */
export async function guardRequest(
  operation: AnyOperation,
  { identity, quotas }: Gates,
  envelope: Envelope,
): Promise<Guarded> {
  try {
    const checked = await check(operation, identity, envelope)
    // What devices send counts as messages.
    if ('operationId' in checked && operation.tag !== 'ingest') {
      const seconds = quotas.callWaitSeconds(checked.orgId)
      if (seconds !== undefined) return [[], [tooManyCalls(seconds)]]
    }
    return 'operationId' in checked ? [[checked], []] : [[], [refuse(checked)]]
  } catch (error) {
    // Who calls, or for which organization, cannot be looked up now.
    const expected = problemOfFailure(error)
    if (expected === undefined) throw error
    return [[], [expected]]
  }
}

async function check(
  operation: AnyOperation,
  identity: Gatekeeper,
  envelope: Envelope,
): Promise<GuardedRequest | Problem> {
  const { req } = exchangeOf(envelope)
  const authentication = await identity.authenticate(credentialsOf(req, req.ip))
  const admission = admit(authentication, operation)
  if (admission.kind === 'refused') return admission.problem
  const { ownerId, principal } = admission
  const located = locate(operation, principal, req.header('x-organization'))
  if (located.kind === 'refused') return located.problem
  if (located.orgId !== '' && located.orgId !== principal?.orgId) {
    if (!(await identity.mayName(principal, located.orgId))) return problem(404, 'no such organization')
  }
  const body = req.body instanceof Uint8Array ? req.body : undefined
  const language = acceptedLanguage(req.header('accept-language'))
  const given = {
    params: req.params,
    query: req.query,
    body,
    text: body === undefined ? '' : utf8Text(body),
    stream: hasBody(req) ? req : undefined,
  }
  const parts = parseParts(operation, given, language)
  if (parts.kind === 'refused') return parts.problem
  const idempotencyKey = req.header('idempotency-key')
  if (operation.isOncePerKey === true && !isIdempotencyKey(idempotencyKey))
    return unreadable('header.Idempotency-Key', 'is needed: 1 to 200 characters of your choice')
  return {
    operationId: operation.id,
    params: parts.params,
    query: parts.query,
    body: parts.body,
    principal,
    orgId: located.orgId,
    ownerId,
    requestId: req.id ?? '',
    preferWaitMs: preferredWaitMs(req.header('prefer')),
    address: req.ip ?? '',
    ...(operation.isOncePerKey === true ? { idempotencyKey } : {}),
    ...(operation.headers === undefined ? {} : { headers: headersOf(operation.headers, req) }),
    ...(operation.takesBearer === true ? { bearer: bearerOf(req.header('authorization')) } : {}),
  }
}

/** Told before any of it has come (RFC 9112, 6.3). */
const hasBody = (req: { header(name: string): string | undefined }): boolean =>
  req.header('transfer-encoding') !== undefined || !/^0*$/.test(req.header('content-length') ?? '')

const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S{1,500})$/i.exec(authorization ?? '')?.[1]

const headersOf = (
  names: readonly string[],
  req: { header(name: string): string | undefined },
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = req.header(name)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )

import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Principal } from '../platform/kit/endpoints/principal.ts'
import { admit, parseParts } from './check-request.ts'
import type { AnyOperation } from '../platform/kit/endpoints/operation.ts'
import { problemOfFailure } from '../platform/kit/endpoints/run-operation.ts'

export interface Call {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Default `acme`. */
  readonly orgId?: string
  readonly principal?: Principal
  readonly idempotencyKey?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  /** The problem document, where it is one. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Calls an operation as guard and reply would, a lack of permission aside: every part goes through its schema before, and what is
 * answered through that of its response. What it needs is what the test gives.
 */
export async function callOperation(
  operation: AnyOperation,
  needed: object,
  { body, headers = {}, idempotencyKey, orgId = 'acme', params = {}, principal, query = {} }: Call = {},
): Promise<Answer> {
  const bytes = body instanceof Uint8Array ? body : undefined
  const text = body === undefined || bytes !== undefined ? '' : JSON.stringify(body)
  const stream = Readable.from(typeof body === 'string' ? [Buffer.from(body)] : [])
  const parsed = parseParts(operation, { params, query, body: bytes, text, stream })
  if (parsed.kind === 'refused') return { status: parsed.problem.status, body: parsed.problem, headers: {} }
  const admission =
    principal === undefined ? undefined : admit({ kind: 'authenticated', principal }, operation)
  const request = {
    ...parsed,
    orgId,
    principal,
    ownerId: admission?.kind === 'admitted' ? admission.ownerId : undefined,
    requestId: 'r',
    address: '203.0.113.7',
    idempotencyKey,
    headers,
  }
  const outcome = await operation.handle(request, needed).catch((error: unknown) => {
    const expected = problemOfFailure(error)
    if (expected === undefined) throw error
    return expected
  })
  if (outcome.kind === 'stream') throw new Error('a stream has no one answer')
  const { headers: answered = {} } = outcome
  if (outcome.kind === 'problem')
    return { status: outcome.problem.status, body: outcome.problem, headers: answered }
  // As it comes out of JSON at the other end.
  const sent: unknown = outcome.body === undefined ? undefined : JSON.parse(JSON.stringify(outcome.body))
  const schema = operation.responses[outcome.status]?.schema ?? z.undefined()
  schema.parse(sent)
  return { status: outcome.status, body: sent, headers: answered }
}

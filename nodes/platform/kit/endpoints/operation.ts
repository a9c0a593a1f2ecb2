import type { z } from 'zod'
import type { Principal } from './principal.ts'
import type { Permission } from './permission.ts'
import { given, type Needed, type Needs } from '../domain/need.ts'
import type { Problem } from './problem.ts'

/** Of what needs nothing. */
type EmptyNeeds = Readonly<Record<string, never>>

/** What an operation says about who may call it. `public` needs no proof of identity, `signed-in` any. */
export type Access = Permission | 'public' | 'signed-in'

export const isAccess = (text: string): text is Access =>
  text === 'public' || text === 'signed-in' || /^modules(:[a-z*-]+){3}$/.test(text)

/** A body that is made while it is sent. */
export interface StreamOutcome {
  readonly kind: 'stream'
  readonly contentType: string
  /**
   * Asked for the next piece when the caller has taken what came before, and closed early (`return`) when the caller
   * goes away. What fails before the first piece is answered as a problem; afterwards the connection is cut, so that
   * nobody takes a part for the whole.
   */
  readonly body: AsyncIterable<string>
  readonly headers?: Readonly<Record<string, string>>
}

export type WholeOutcome =
  | {
      readonly kind: 'reply'
      readonly status: 200 | 201 | 202 | 204
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'problem'
      readonly problem: Problem
      readonly headers?: Readonly<Record<string, string>>
    }

/** What the outcome of an operation becomes on the wire. */
export type Outcome = WholeOutcome | StreamOutcome

/** A request that the guard has let through: identity proved, permission held, every part parsed. */
export interface OperationRequest<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly principal: Principal | undefined
  /**
   * The organization the call is about. Empty only for `public` and `signed-in` operations and those that say
   * `scope: 'platform'` or `'optional'`.
   */
  readonly orgId: string
  /** Of a caller who may do this with what is their own and nothing else: their user id (see {@link Operation.ownership}). */
  readonly ownerId?: string | undefined
  readonly requestId: string
  /** How long the caller would rather wait for an outcome than be told that it is on its way (RFC 7240). */
  readonly preferWaitMs?: number | undefined
  readonly address: string
  /** `Idempotency-Key`: of a request that was sent before, it is asked for again. There where the operation wants it. */
  readonly idempotencyKey?: string | undefined
  /** Those that the operation names and the caller sent, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** What was presented as a bearer's proof, to an operation that judges it itself (`takesBearer`). */
  readonly bearer?: string | undefined
}

export interface ResponseDescription {
  readonly description: string
  /** Of a JSON body. */
  readonly schema?: z.ZodType
  /** Of other bodies, by media type. */
  readonly content?: Readonly<Record<string, z.ZodType>>
}

/** By status. */
export type Responses = Readonly<Record<number, ResponseDescription>>

/**
 * One endpoint: its route, who may call it, the schemas of its parts (which type the handler, check the request and
 * make the OpenAPI document) and what it does.
 */
export interface Operation<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  N extends Needs = EmptyNeeds,
  R extends Responses = Responses,
> {
  /** camelCase verb and noun; OpenAPI's operationId and the guard's property. */
  readonly id: string
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Express style: `/api/v1/devices/:id`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly access: Access
  /**
   * What suffices for one's own: a person who holds this and not `access` is let in with `ownerId` set, and the handler then
   * answers as if nothing but theirs were there. Without it nobody is.
   */
  readonly ownership?: Permission
  /**
   * `platform` operations belong to no organization; `optional` ones do when the caller has or names one, and are about the
   * whole platform for a platform admin who names none. Default `organization`.
   */
  readonly scope?: 'organization' | 'platform' | 'optional'
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** `bytes`: the handler gets the body as it came; `stream`: in pieces, as they come, however many. Default `json`. */
  readonly bodyKind?: 'json' | 'bytes' | 'stream'
  /** Headers that it looks at, in lower case: those of a webhook's signature, say. */
  readonly headers?: readonly string[]
  /** Asks for the header `Idempotency-Key`: a request without is 400. See `once` (idempotency.ts). */
  readonly isOncePerKey?: boolean
  /** It looks itself at what the caller presents as a bearer: `access` is `public` then. */
  readonly takesBearer?: true
  /** Success responses; problems are the same everywhere. */
  readonly responses: R
  /** Services that the handler gets; none without. */
  readonly needs?: N
  readonly handle: (
    request: OperationRequest<z.output<P>, z.output<Q>, z.output<B>>,
    needed: Needed<N>,
  ) => Promise<Outcome>
}

/** Types the handler from the schemas, and the client's call of it (`client/`). */
export function defineOperation<
  P extends z.ZodType = z.ZodType<Record<string, never>>,
  Q extends z.ZodType = z.ZodType<Record<string, never>>,
  B extends z.ZodType = z.ZodType<undefined>,
  const N extends Needs = EmptyNeeds,
  R extends Responses = Responses,
>(operation: Operation<P, Q, B, N, R>): Operation<P, Q, B, N, R> {
  return operation
}

/** An operation with its types forgotten, as the guard and the OpenAPI generator see it. */
export interface AnyOperation extends Omit<Operation, 'handle' | 'needs'> {
  readonly needs?: Needs | undefined
  // oxlint-disable-next-line typescript/no-explicit-any -- the request's parts were parsed by this operation's own schemas, and it gets what it named
  readonly handle: (request: OperationRequest<any, any, any>, needed: any) => Promise<Outcome>
}

/** What all domains declare; read with their folders. */
export const declaredOperations = given<OperationRegistry>('operations')

export interface OperationRegistry {
  find(id: string): AnyOperation | undefined
  all(): readonly AnyOperation[]
}

export const reply = (
  status: 200 | 201 | 202 | 204,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): WholeOutcome => ({
  kind: 'reply',
  status,
  ...(body === undefined ? {} : { body }),
  ...(headers === undefined ? {} : { headers }),
})

export const refuse = (problem: Problem, headers?: Readonly<Record<string, string>>): WholeOutcome => ({
  kind: 'problem',
  problem,
  ...(headers === undefined ? {} : { headers }),
})

/** Answers 200 with a body that is made while it is sent; see {@link StreamOutcome}. */
export const replyStream = (
  contentType: string,
  body: AsyncIterable<string>,
  headers: Readonly<Record<string, string>> = {},
): Outcome => ({ kind: 'stream', contentType, body, headers })

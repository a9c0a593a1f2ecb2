import type { z } from 'zod'
import type { Operation, Responses } from '../nodes/platform/kit/endpoints/operation.ts'

/** An operation with whatever types; the client only reads them. */
// oxlint-disable-next-line typescript/no-explicit-any -- what a handler needs is nobody's business here, and it stands on both sides of a function
type SomeOperation = Operation<any, any, any, any, any>

/**
 * Where an operation is found. It carries the operation's types and nothing of its code; `operations.ts` has one for each,
 * written by the build.
 */
export interface Route<O> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Express style: `/api/v1/devices/:id`. */
  readonly path: string
  /** Only a type: never there. */
  readonly of?: O
}

type PartsOf<O> =
  O extends Operation<infer P, infer Q, infer B, infer _N, infer R>
    ? { readonly params: P; readonly query: Q; readonly body: B; readonly responses: R }
    : never

/** What the caller may leave out is what the schema has a default for; numbers are numbers, although they travel as text. */
type Named<T extends z.ZodType> =
  unknown extends z.input<T>
    ? undefined
    : { [K in keyof z.input<T>]: unknown extends z.input<T>[K] ? OutputAt<T, K> : z.input<T>[K] }

type OutputAt<T extends z.ZodType, K> = K extends keyof z.output<T> ? z.output<T>[K] : unknown

type Body<T extends z.ZodType> = [z.output<T>] extends [undefined]
  ? undefined
  : unknown extends z.input<T>
    ? Partial<z.output<T>>
    : z.input<T>

/** Nothing (`unknown` adds nothing to an intersection), or the part; it may be left out when all of it may. */
type Part<K extends string, T> = [T] extends [undefined]
  ? unknown
  : Partial<T> extends T
    ? { readonly [Key in K]?: T }
    : { readonly [Key in K]: T }

/** What a call of the operation has to say. */
export type RequestOf<O extends SomeOperation> = Part<'params', Named<PartsOf<O>['params']>> &
  Part<'query', Named<PartsOf<O>['query']>> &
  Part<'body', Body<PartsOf<O>['body']>>

type SchemaAt<R extends Responses, S extends keyof R> = R[S] extends {
  readonly schema: infer T extends z.ZodType
}
  ? z.output<T>
  : undefined

/** What it answers when it succeeds; undefined where there is no JSON. */
export type ResultOf<O extends SomeOperation> = {
  [S in keyof PartsOf<O>['responses']]: SchemaAt<PartsOf<O>['responses'], S>
}[keyof PartsOf<O>['responses']]

/** What one item of a list is. */
export type ItemOf<O extends SomeOperation> =
  ResultOf<O> extends { readonly items: readonly (infer Item)[] } ? Item : never

export type { SomeOperation }

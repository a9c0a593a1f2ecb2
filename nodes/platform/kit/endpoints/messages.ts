import { z } from 'zod'
import { defineMessage } from '../message-type.ts'
import type { OperationRequest, Outcome } from './operation.ts'

/** A request that passed the guard, with the operation that it is for. */
export interface GuardedRequest extends OperationRequest<unknown, unknown, unknown> {
  readonly operationId: string
}

// Only the guard makes requests and only operations make outcomes: both are trusted, and never parsed from a wire.
export const requestMessage = defineMessage<GuardedRequest>(
  'request',
  z.custom<GuardedRequest>((value) => isObject(value) && 'operationId' in value && 'requestId' in value),
)
const outcomeKinds: ReadonlySet<unknown> = new Set<Outcome['kind']>(['reply', 'problem', 'stream'])
export const outcomeMessage = defineMessage<Outcome>(
  'outcome',
  z.custom<Outcome>((value) => isObject(value) && outcomeKinds.has(value['kind'])),
)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

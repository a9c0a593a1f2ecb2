import { z } from 'zod'
import { type AuditScope, whileAudited } from '../audit/scope.ts'
import { kit, type Needed, supplier } from '../domain/need.ts'
import { defineNode, type NodeModule } from '../define-node.ts'
import { defineConfig } from '../node-config.ts'
import { InvalidCursor } from '../invalid-cursor.ts'
import { Unavailable } from '../unavailable.ts'
import { type GuardedRequest, outcomeMessage, requestMessage } from './messages.ts'
import {
  type AnyOperation,
  declaredOperations,
  type OperationRequest,
  type Outcome,
  refuse,
  type WholeOutcome,
} from './operation.ts'
import { actorOf } from './principal.ts'
import { problem, unreadable } from './problem.ts'

const config = defineConfig(z.object({}))
const needs = { ...kit('log'), domains: supplier, operations: declaredOperations } as const

/** A node that carries out the operations of its tags, one request at a time, and gives their outcomes. */
export function defineOperationNode(options: {
  readonly type: string
  readonly category: string
  readonly icon: string
  readonly tags: readonly string[]
}): NodeModule<typeof config.schema, GuardedRequest, typeof needs> {
  return defineNode({
    type: options.type,
    category: options.category,
    icon: options.icon,
    config,
    needs,
    input: requestMessage,
    outputs: [{ label: 'outcomes', message: outcomeMessage }],
    serves: options.tags,
    start({ needed }) {
      return {
        async process(requests) {
          const outcomes: Outcome[] = []
          for (const request of requests) outcomes.push(await run(request, needed, options.tags))
          return [outcomes]
        },
      }
    },
  })
}

async function run(
  request: GuardedRequest,
  { domains, log, operations }: Needed<typeof needs>,
  tags: readonly string[],
): Promise<Outcome> {
  const operation = operations.find(request.operationId)
  if (operation === undefined || !tags.includes(operation.tag)) {
    throw new Error(`${request.operationId} is not an operation of this node (${tags.join(', ')})`)
  }
  try {
    return await carryOut(operation, request, domains.supply(operation.needs ?? {}))
  } catch (error) {
    const expected = problemOfFailure(error)
    if (expected !== undefined) return expected
    log.error({ err: error, requestId: request.requestId, operation: operation.id }, 'operation failed')
    return refuse(problem(500, 'something went wrong here; the log has it under the request id'))
  }
}

/** What it changes is audited as the caller's doing. */
function carryOut(operation: AnyOperation, request: GuardedRequest, needed: unknown): Promise<Outcome> {
  if (operation.method === 'get') return operation.handle(request, needed)
  return whileAudited(auditScopeOf(operation, request), () => operation.handle(request, needed))
}

/** Whose doing it is, for what is done for a request. */
export function auditScopeOf(
  { access, ownership }: Pick<AnyOperation, 'access' | 'ownership'>,
  { address, orgId, ownerId, principal, requestId }: OperationRequest<unknown, unknown, unknown>,
): AuditScope {
  const permission = (ownerId === undefined ? undefined : ownership) ?? access
  return { actor: actorOf(principal), orgId, permission, address, requestId }
}

/** The answer to what is the caller's mistake or the world's failure; undefined for a bug. */
export function problemOfFailure(error: unknown): WholeOutcome | undefined {
  if (error instanceof InvalidCursor)
    return refuse(unreadable('query.cursor', 'is not a cursor of this list'))
  return error instanceof Unavailable
    ? refuse(problem(503, 'the store does not answer; try again'), { 'retry-after': '1' })
    : undefined
}

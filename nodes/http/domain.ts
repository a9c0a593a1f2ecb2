import { forgettingKeys } from '../platform/kit/endpoints/idempotency.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { declaredOperations, type OperationRegistry } from '../platform/kit/endpoints/operation.ts'

export interface Http {
  readonly operations: OperationRegistry
}

export const domain = defineDomain({
  id: 'http',
  needs: { operations: declaredOperations },
  start: ({ operations }) => ({ service: { operations } satisfies Http, jobs: [forgettingKeys] }),
})

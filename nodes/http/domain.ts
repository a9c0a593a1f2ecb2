import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given } from '../platform/kit/domain/need.ts'
import type { OperationRegistry } from './operation.ts'

/** What all domains declare; read with their folders. */
export const declaredOperations = given<OperationRegistry>('operations')

export interface Http {
  readonly operations: OperationRegistry
}

export const domain = defineDomain({
  id: 'http',
  needs: { operations: declaredOperations },
  start: ({ operations }) => ({ service: { operations } satisfies Http }),
})

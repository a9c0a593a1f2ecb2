import type { OperationRequest } from './operation.ts'
import { callerId } from './principal.ts'

type Caller = Pick<OperationRequest<unknown, unknown, unknown>, 'principal'>

/** The user who calls; undefined for a device or another program. */
export const userIdOf = ({ principal }: Caller): string | undefined =>
  principal?.kind === 'user' ? principal.userId : undefined

/** Who calls, for the log. */
export const actorOf = ({ principal }: Caller): string =>
  principal === undefined ? 'nobody' : callerId(principal)

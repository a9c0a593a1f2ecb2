import type { OperationRequest } from './operation.ts'
import { isGranted, type Permission } from './permission.ts'
import { callerId } from './principal.ts'

type Caller = Pick<OperationRequest<unknown, unknown, unknown>, 'principal'>

/** The user who calls; undefined for a device or another program. */
export const userIdOf = ({ principal }: Caller): string | undefined =>
  principal?.kind === 'user' ? principal.userId : undefined

/** Who calls, for the log. */
export const actorOf = ({ principal }: Caller): string =>
  principal === undefined ? 'nobody' : callerId(principal)

/** Whether the caller may do to others' what everybody may do to their own. */
export const mayFor = (caller: Caller, userId: string, others: Permission): boolean =>
  userIdOf(caller) === userId || maySee(caller, others)

export const maySee = ({ principal }: Caller, permission: Permission): boolean =>
  principal !== undefined && isGranted(principal.permissions, permission)

import { callerId, type Principal } from '../platform/kit/endpoints/principal.ts'

/** Who asked, for the log: a user's, a service account's or a device's id. */
export const callerOf = (principal: Principal | undefined): string | undefined =>
  principal === undefined ? undefined : callerId(principal)

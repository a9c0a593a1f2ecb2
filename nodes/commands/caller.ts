import type { Principal } from '../platform/kit/endpoints/principal.ts'

/** Who asked, for the log: a user's or a device's id. */
export function callerOf(principal: Principal | undefined): string | undefined {
  if (principal === undefined) return undefined
  return principal.kind === 'user' ? principal.userId : principal.kind
}

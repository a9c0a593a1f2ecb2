import type { Actor } from '../audit/scope.ts'

/** A person. */
export type UserPrincipal = Extract<Principal, { readonly kind: 'user' }>

/** Who is calling, proved; `permissions` are patterns as in {@link isGranted}. */
export type Principal =
  | {
      readonly kind: 'user'
      readonly userId: string
      readonly email: string
      readonly role: string
      readonly permissions: readonly string[]
      /** The organization of the user; undefined for those who name one with each call (`X-Organization`). */
      readonly orgId: string | undefined
      /** How it was proved: a cookie needs protection against cross-site requests, a header does not. */
      readonly by: 'session' | 'token'
      /** What ends with a sign-out: whoever holds on to the principal for longer than a request asks by this. */
      readonly signInId: string
    }
  | {
      readonly kind: 'device'
      readonly deviceId: string
      readonly orgId: string
      readonly permissions: readonly string[]
    }
  | {
      /** Another program, such as a broker. */
      readonly kind: 'service'
      readonly name: string
      readonly orgId: undefined
      readonly permissions: readonly string[]
    }

/** Who it is to the audit. */
export function actorOf(principal: Principal | undefined): Actor {
  if (principal === undefined) return { kind: 'anonymous', id: '' }
  if (principal.kind === 'user') return { kind: 'user', id: principal.userId }
  if (principal.kind === 'device') return { kind: 'device', id: principal.deviceId }
  return { kind: principal.kind, id: principal.name }
}

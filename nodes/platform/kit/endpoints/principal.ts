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
      /** Of a company admin: any organization of this company may be named instead of the own one. */
      readonly companyId?: string | undefined
      /** How it was proved: a cookie needs protection against cross-site requests, a header does not. */
      readonly by: 'session' | 'token'
      /** What ends with a sign-out: whoever holds on to the principal for longer than a request asks by this. */
      readonly signInId: string
    }
  | {
      /** A program of an organization, by an API key. */
      readonly kind: 'service-account'
      readonly accountId: string
      readonly name: string
      readonly role: string
      readonly permissions: readonly string[]
      readonly orgId: string
      /** Of the key, as of a person. */
      readonly signInId: string
    }
  | {
      readonly kind: 'device'
      readonly deviceId: string
      readonly orgId: string
      readonly permissions: readonly string[]
    }
  | {
      /** Another program of the platform, such as a broker. */
      readonly kind: 'service'
      readonly name: string
      readonly orgId: undefined
      readonly permissions: readonly string[]
    }

/** By what the log and whatever was asked for remember who did: the id of a person, a service account or a device. */
export function callerId(principal: Principal): string {
  switch (principal.kind) {
    case 'user':
      return principal.userId
    case 'service-account':
      return principal.accountId
    case 'device':
      return principal.deviceId
    case 'service':
      break
  }
  return principal.name
}

/** Who it is to the audit. */
export const actorOf = (principal: Principal | undefined): Actor =>
  principal === undefined ? { kind: 'anonymous', id: '' } : { kind: principal.kind, id: callerId(principal) }

import type { UserPrincipal } from '../platform/kit/endpoints/principal.ts'
import { permissionsOf } from './roles.ts'

/** Somebody of acme with this tier; a platform admin is of no organization. */
export const aUser = (role: string, changes: Partial<UserPrincipal> = {}): UserPrincipal => ({
  kind: 'user',
  userId: `${role}-1`,
  email: `${role}@acme.example`,
  role,
  permissions: permissionsOf(role),
  orgId: role === 'platform-admin' ? undefined : 'acme',
  by: 'token',
  signInId: `sign-in of ${role}`,
  ...changes,
})

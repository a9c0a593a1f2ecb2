import { type Authenticator, credentialsOf } from '../identity/authenticator.ts'
import { isGranted, type Permission } from '../platform/kit/endpoints/permission.ts'
import type { UserPrincipal } from '../platform/kit/endpoints/principal.ts'
import type { PageClient } from '../platform/kit/page-place.ts'

/** Who is at a page, proved by the session that its socket was opened with. */
export interface Speaker {
  readonly principal: UserPrincipal
  /** Of which they speak. */
  readonly orgId: string
}

/**
 * Undefined for whoever is not signed in any more, may not do that, or names an organization that is not theirs to name:
 * a page is somebody else's program, and what it says is as good as any request.
 */
export async function whoSaid(
  identity: Pick<Authenticator, 'authenticate'>,
  { headers }: PageClient,
  permission: Permission,
  namedOrganization: string | undefined,
): Promise<Speaker | undefined> {
  const outcome = await identity.authenticate({ ...credentialsOf({ headers, method: 'GET' }, undefined) })
  if (outcome.kind !== 'authenticated' || outcome.principal.kind !== 'user') return undefined
  const { principal } = outcome
  if (!isGranted(principal.permissions, permission)) return undefined
  const orgId = principal.orgId ?? namedOrganization
  const isOwn = orgId !== undefined && (namedOrganization === undefined || namedOrganization === orgId)
  return isOwn ? { principal, orgId } : undefined
}

import { type Answer, Api, type Failure } from './api.ts'
import type { OrganizationView, UserView } from './api-types.ts'

/** Who is signed in, and whose fleet this is about. */
export interface Session {
  readonly user: UserView
  /** To choose from; empty for users who belong to one organization and never choose. */
  readonly organizations: readonly OrganizationView[]
  /** What the API is told; undefined when the user's own counts. */
  readonly organization: string | undefined
}

export type SessionOutcome =
  | { readonly kind: 'ready'; readonly session: Session }
  | { readonly kind: 'no-organization' }
  | Failure

const storageKey = 'fleetloom.organization'
const parameter = 'organization'

/** The address counts first, so that links show what they were copied from; then the last choice; then the first. */
export function chooseOrganization(
  organizations: readonly OrganizationView[],
  wanted: readonly (string | null)[],
): string | undefined {
  const found = wanted.find((id) => organizations.some((organization) => organization.id === id))
  return found ?? organizations[0]?.id
}

export async function openSession(signal: AbortSignal): Promise<SessionOutcome> {
  const api = new Api(undefined, signal)
  const user = await api.get<UserView>('/me')
  if (user.kind === 'failed') return user
  if (user.body.orgId !== null && user.body.role !== 'company-admin') {
    return { kind: 'ready', session: { user: user.body, organizations: [], organization: undefined } }
  }
  const organizations: Answer<readonly OrganizationView[]> = await api.all(
    '/organizations',
    { limit: '1000' },
    10,
  )
  if (organizations.kind === 'failed') return organizations
  const organization = chooseOrganization(organizations.body, [
    new URLSearchParams(location.search).get(parameter),
    localStorage.getItem(storageKey),
    user.body.orgId,
  ])
  return organization === undefined
    ? { kind: 'no-organization' }
    : { kind: 'ready', session: { user: user.body, organizations: organizations.body, organization } }
}

export function rememberOrganization(id: string): void {
  localStorage.setItem(storageKey, id)
}

/** A page of the dashboard; the organization is named only where there is a choice. */
export function pageUrl(session: Session, page: 'overview' | 'device', deviceId?: string): string {
  const query = new URLSearchParams({
    ...(deviceId === undefined ? {} : { device: deviceId }),
    ...(session.organizations.length > 1 && session.organization !== undefined
      ? { [parameter]: session.organization }
      : {}),
  }).toString()
  return `/dashboard/${page}${query === '' ? '' : `?${query}`}`
}

import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import type { Authenticator } from './authenticator.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import {
  type Organization,
  organizationCollection,
  organizationIds,
  type WantedOrganization,
} from './organization.ts'

/** Who calls, and for whom. */
export interface Identity extends Authenticator {
  /** @throws StoreUnavailable */
  hasOrganization(orgId: string): Promise<boolean>
  organizationIds(): AsyncIterable<string>
  createOrganization(wanted: WantedOrganization): Promise<CreatedOrganization>
}

export type CreatedOrganization =
  | { readonly kind: 'created'; readonly organization: Organization }
  | { readonly kind: 'exists'; readonly field: string }

/** Opened with the process, whose pages and sockets need it before anything else. */
export interface SignIn {
  readonly authenticator: Authenticator
  /** Removes what has expired. */
  sweep(): Promise<void>
}
export const signIn = given<SignIn>('sign-in')

export const domain = defineDomain({
  id: 'identity',
  needs: { ...kit('clock', 'secrets', 'store'), signIn },
  start({ clock, secrets, signIn: opened, store }) {
    const { authenticator } = opened
    const organizations = store.platform(organizationCollection)
    const service: Identity = {
      authenticate: (credentials) => authenticator.authenticate(credentials),
      login: (email, password, address) => authenticator.login(email, password, address),
      refresh: (token) => authenticator.refresh(token),
      logout: (token) => authenticator.logout(token),
      user: (userId) => authenticator.user(userId),
      hasOrganization: async (orgId) => (await organizations.get(orgId)) !== undefined,
      organizationIds: () => organizationIds(store),
      async createOrganization({ id = secrets.newId(), name, retention }) {
        const inserted = await organizations.insert({
          id,
          name,
          createdAt: toIsoTime(clock.nowMs()),
          ...(retention === undefined ? {} : { retention }),
        })
        return inserted.kind === 'inserted'
          ? { kind: 'created', organization: inserted.stored.document }
          : { kind: 'exists', field: inserted.key }
      },
    }
    return {
      service,
      duties: [{ name: 'sweeping sign-ins', nextMs: every(3_600_000), run: () => opened.sweep() }],
    }
  },
})

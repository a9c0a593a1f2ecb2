import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { type InvitationMails, openInvitationMails } from './account-mail.ts'
import type { Authenticator } from './authenticator.ts'
import type { Principal } from '../platform/kit/endpoints/principal.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { Turns } from '../platform/kit/turns.ts'
import type { Logger } from '../platform/logger.ts'
import { AlreadyThere } from '../platform/store/errors.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Store } from '../platform/store/port.ts'
import { companyCollection } from './company.ts'
import {
  type Organization,
  organizationCollection,
  organizationIds,
  type WantedOrganization,
} from './organization.ts'
import { openOwnRoles, type OwnRoles } from './own-roles.ts'
import { type OwnPassword, openOwnPassword } from './own-password.ts'
import { passwordResetCollection } from './password-reset.ts'
import { ServiceAccounts } from './service-accounts.ts'
import { openOwnSessions, type OwnSessions } from './session-view.ts'
import type { CheckPassword } from './sign-in/credentials.ts'
import type { LoginThrottle } from './sign-in/login-throttle.ts'
import type { PasswordHasher } from './sign-in/password-hasher.ts'
import { type OwnSecondFactor, openOwnSecondFactor } from './own-second-factor.ts'
import type { Seal } from './sign-in/seal.ts'
import type { SecondFactors } from './sign-in/second-factors.ts'
import type { UserChanges } from './user-changes.ts'
import { Users } from './users.ts'
import type { SignIns } from './sign-in/sign-ins.ts'

/** Who calls, and for whom. */
export interface Identity extends Authenticator {
  /**
   * Whether somebody may act for an organization that is not their own: a platform admin for any that exists, a company
   * admin for those of the company. @throws StoreUnavailable
   */
  mayName(principal: Principal | undefined, orgId: string): Promise<boolean>
  hasCompany(companyId: string): Promise<boolean>
  /** Company admins may act for others now. */
  companiesChanged(): void
  organizationIds(): AsyncIterable<string>
  createOrganization(wanted: WantedOrganization): Promise<CreatedOrganization>
  readonly roles: OwnRoles
  readonly users: Users
  readonly serviceAccounts: ServiceAccounts
  readonly passwords: OwnPassword
  readonly sessions: OwnSessions
  readonly secondFactor: OwnSecondFactor
  readonly invitationMails: Pick<InvitationMails, 'tokenOf'>
}

export type CreatedOrganization =
  | { readonly kind: 'created'; readonly organization: Organization }
  | { readonly kind: 'exists'; readonly field: string }
  | { readonly kind: 'no-company' }
  | { readonly kind: 'no-database' }

/** Opened with the process, whose pages and sockets need it before anything else. */
export interface SignIn {
  readonly authenticator: Authenticator
  readonly signIns: SignIns
  readonly passwords: PasswordHasher
  readonly checkPassword: CheckPassword
  readonly throttle: LoginThrottle
  readonly changes: UserChanges
  readonly secondFactors: SecondFactors
  /** Of tokens that wait for their mail. */
  readonly linkSeal: Seal
  /** Removes what has expired. */
  sweep(): Promise<void>
}
export const signIn = given<SignIn>('sign-in')

const passwordResetsKeptMs = 24 * 3_600_000

export const domain = defineDomain({
  id: 'identity',
  needs: { ...kit('clock', 'log', 'outbox', 'relay', 'secrets', 'store'), signIn },
  async start({ clock, log, outbox, relay, secrets, signIn: opened, store }) {
    const { authenticator, signIns } = opened
    const organizations = store.platform(organizationCollection)
    await dedicateAll(store, log)
    const hasCompany = async (id: string): Promise<boolean> =>
      (await store.platform(companyCollection).get(id)) !== undefined
    const roles = openOwnRoles(store, () => signIns.changed())
    const newId = (): string => secrets.newId()
    const common = { ...opened, store, clock, newId, relay, log, roles }
    const passwords = openOwnPassword(common)
    const invitationMails = openInvitationMails({ outbox, seal: opened.linkSeal, store })
    const creating = new Turns()
    const service: Identity = {
      authenticate: (credentials) => authenticator.authenticate(credentials),
      login: (email, password, address, code) => authenticator.login(email, password, address, code),
      refresh: (token) => authenticator.refresh(token),
      logout: (token) => authenticator.logout(token),
      user: (userId) => authenticator.user(userId),
      async mayName(principal, orgId) {
        if (principal?.kind !== 'user') return false
        const organization = (await organizations.get(orgId))?.document
        if (organization === undefined || principal.orgId === undefined) return organization !== undefined
        return principal.companyId !== undefined && organization.companyId === principal.companyId
      },
      hasCompany,
      companiesChanged: () => signIns.changed(),
      organizationIds: () => organizationIds(store),
      async createOrganization({ id = secrets.newId(), ...wanted }) {
        if (wanted.companyId !== undefined && !(await hasCompany(wanted.companyId)))
          return { kind: 'no-company' }
        const isDedicated = wanted.isolation === 'dedicated'
        if (isDedicated && store.dedicate === undefined) return { kind: 'no-database' }
        const createdAt = toIsoTime(clock.nowMs())
        // Nobody else may take the id in between.
        return creating.take(id, async () => {
          // Before the organization, whose first entry of the audit would otherwise be with the others.
          if (isDedicated && (await organizations.get(id)) === undefined) await store.dedicate?.(id)
          const inserted = await organizations.insert({ id, ...wanted, createdAt })
          return inserted.kind === 'inserted'
            ? { kind: 'created', organization: inserted.stored.document }
            : { kind: 'exists', field: inserted.key }
        })
      },
      roles,
      users: new Users({ ...common, invited: (...made) => invitationMails.send(...made) }),
      serviceAccounts: new ServiceAccounts(common),
      passwords,
      sessions: openOwnSessions(signIns, clock),
      secondFactor: openOwnSecondFactor(common),
      invitationMails,
    }
    async function sweepPasswordResets(): Promise<void> {
      const before = clock.nowMs() - passwordResetsKeptMs
      for await (const orgId of organizationIds(store))
        await store
          .organization(orgId)
          .collection(passwordResetCollection)
          .removeMany({ requestedAtMs: { $lt: before }, pendingSinceMs: null })
    }
    return {
      service,
      relays: [passwordResetCollection],
      duties: [
        { name: 'sweeping sign-ins', nextMs: every(3_600_000), run: () => opened.sweep() },
        { name: 'sweeping requests for passwords', nextMs: every(3_600_000), run: sweepPasswordResets },
      ],
      settle: () => passwords.settle(),
    }
  },
})

/** A process that ended between an organization and its database has left it without one. */
async function dedicateAll(store: Store, log: Pick<Logger, 'error'>): Promise<void> {
  const organizations = store.platform(organizationCollection)
  for await (const { document } of everyDocument(organizations, { isolation: 'dedicated' })) {
    const { id } = document
    try {
      await store.dedicate?.(id)
    } catch (error) {
      if (!(error instanceof AlreadyThere)) throw error
      log.error({ orgId: id }, 'the organization is to have a database of its own, and is with the others')
    }
  }
}

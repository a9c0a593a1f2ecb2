import type { Principal, UserPrincipal } from '../../platform/kit/endpoints/principal.ts'
import type { Collection, Document, Store } from '../../platform/store/port.ts'
import { organizationCollection } from '../organization.ts'
import { roleCollection } from '../role.ts'
import { isTier, permissionsOf } from '../roles.ts'
import { serviceAccountCollection } from '../service-account.ts'
import type { SignIn } from '../sign-in.ts'
import { type User, userCollection } from '../user.ts'

export type ServicePrincipal = Extract<Principal, { readonly kind: 'service-account' }>

/** A sign-in that holds, whose it is, and what they may at the moment. */
export type SignedIn =
  | { readonly kind: 'user'; readonly signIn: SignIn; readonly user: User; readonly principal: UserPrincipal }
  | { readonly kind: 'service'; readonly signIn: SignIn; readonly principal: ServicePrincipal }

/** Of these sign-ins, 10,000 at most, those whose holder is there and may sign in, by id. @throws StoreUnavailable */
export type FindHolders = (signIns: readonly SignIn[]) => Promise<ReadonlyMap<string, SignedIn>>

/** What a role of an organization may. */
type PermissionsOfRole = (orgId: string | null, role: string) => readonly string[]

export function findHoldersIn(store: Store): FindHolders {
  const users = store.platform(userCollection)
  const organizations = store.platform(organizationCollection)

  /** Tiers are known without asking. */
  async function permissionsOfRoles(
    held: readonly { readonly orgId: string | null; readonly role: string }[],
  ): Promise<PermissionsOfRole> {
    const own = held.filter(({ orgId, role }) => orgId !== null && !isTier(role))
    const known = new Map<string, readonly string[]>()
    for (const [orgId, some] of Map.groupBy(own, (each) => each.orgId ?? '')) {
      const documents = store.organization(orgId).collection(roleCollection)
      const found = await byIds(documents, new Set(some.map(({ role }) => role)))
      for (const [key, { permissions }] of found) known.set(`${orgId}/${key}`, permissions)
    }
    return (orgId, role) => (isTier(role) ? permissionsOf(role) : (known.get(`${orgId}/${role}`) ?? []))
  }

  /** Of company admins, by their own organization. */
  async function companiesOf(some: readonly User[]): Promise<ReadonlyMap<string, string>> {
    const admins = some.filter(({ role }) => role === 'company-admin')
    const found = await byIds(organizations, new Set(admins.map(({ orgId }) => orgId ?? '')))
    return new Map(
      [...found].flatMap(([id, { companyId }]) =>
        companyId === undefined ? [] : [[id, companyId] as const],
      ),
    )
  }

  async function people(signIns: readonly SignIn[]): Promise<readonly SignedIn[]> {
    const found = await byIds(users, new Set(signIns.map(({ userId }) => userId)))
    const enabled = [...found.values()].filter(({ isEnabled }) => isEnabled)
    const permissionsIn = await permissionsOfRoles(enabled)
    const companies = await companiesOf(enabled)
    return signIns.flatMap((signIn) => {
      const user = found.get(signIn.userId)
      if (user?.isEnabled !== true || (user.epoch ?? 0) !== (signIn.epoch ?? 0)) return []
      const companyId = user.role === 'company-admin' ? companies.get(user.orgId ?? '') : undefined
      const principal: UserPrincipal = {
        kind: 'user',
        userId: user.id,
        email: user.email,
        role: user.role,
        permissions: permissionsIn(user.orgId, user.role),
        orgId: user.orgId ?? undefined,
        ...(companyId === undefined ? {} : { companyId }),
        by: signIn.kind === 'session' ? 'session' : 'token',
        signInId: signIn.id,
      }
      return [{ kind: 'user', signIn, user, principal }]
    })
  }

  async function programs(orgId: string, keys: readonly SignIn[]): Promise<readonly SignedIn[]> {
    const documents = store.organization(orgId).collection(serviceAccountCollection)
    const found = await byIds(documents, new Set(keys.map(({ userId }) => userId)))
    const permissionsIn = await permissionsOfRoles([...found.values()].map(({ role }) => ({ orgId, role })))
    return keys.flatMap((signIn) => {
      const account = found.get(signIn.userId)
      if (account === undefined) return []
      const { id: accountId, name, role } = account
      const permissions = permissionsIn(orgId, role)
      const common = { accountId, name, role, permissions, orgId, signInId: signIn.id }
      return [{ kind: 'service', signIn, principal: { kind: 'service-account', ...common } }]
    })
  }

  return async (signIns) => {
    const found = new Map<string, SignedIn>()
    const [keys, others] = [
      signIns.filter(({ kind }) => kind === 'key'),
      signIns.filter(({ kind }) => kind !== 'key'),
    ]
    for (const each of await people(others)) found.set(each.signIn.id, each)
    for (const [orgId, some] of Map.groupBy(keys, (key) => key.orgId ?? ''))
      for (const each of await programs(orgId, some)) found.set(each.signIn.id, each)
    return found
  }
}

async function byIds<T extends Document>(
  documents: Collection<T>,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, T>> {
  if (ids.size === 0) return new Map()
  const { items } = await documents.find({ id: { $in: [...ids] } }, { limit: ids.size })
  return new Map(items.map(({ document }) => [document.id, document]))
}

import type { Clock } from '../platform/clock.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Collection, FindOptions, Page, Store } from '../platform/store/port.ts'
import type { OwnRoles } from './own-roles.ts'
import { type Granter, mayGrant } from './role.ts'
import { type ApiKeyView, type ServiceAccount, serviceAccountCollection } from './service-account.ts'
import type { SignIn } from './sign-in.ts'
import { newApiKey } from './sign-in/api-keys.ts'
import type { SignIns } from './sign-in/sign-ins.ts'

/** A key that says nothing of it ends after a year; it can end sooner, and no later than after five. */
const defaultLifeMs = 365 * 24 * 3_600_000
const longestLifeMs = 5 * defaultLifeMs
/** Enough to change them one by one; each costs a look-up when it is new to an instance. */
const maxKeys = 20

/** `exceeds`: its role, wanted or had, holds more than whoever asks. */
export type AccountRefusal =
  | 'missing'
  | 'exceeds'
  | 'unknown-role'
  | 'exists'
  | 'no-such-key'
  | 'too-many-keys'
  | 'expires-too-early'
  | 'expires-too-late'
interface Refused {
  readonly kind: 'refused'
  readonly why: AccountRefusal
}
export type AccountOutcome = { readonly kind: 'done'; readonly account: ServiceAccount } | Refused
export type KeyOutcome =
  /** The secret is shown this once, and kept as a hash. */
  { readonly kind: 'done'; readonly key: ApiKeyView; readonly secret: string } | Refused

export interface ServiceAccountsParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly newId: () => string
  readonly roles: Pick<OwnRoles, 'find'>
  readonly signIns: Pick<SignIns, 'changed' | 'close' | 'closeAllOf' | 'of' | 'open'>
}

/** Programs that act for an organization, and the keys by which they prove it. */
export class ServiceAccounts {
  readonly #parts: ServiceAccountsParts

  constructor(parts: ServiceAccountsParts) {
    this.#parts = parts
  }

  /** By name. */
  list(orgId: string, options: FindOptions): Promise<Page<ServiceAccount>> {
    return this.#of(orgId).find({}, { ...options, sort: [{ path: 'name', direction: 'ascending' }] })
  }

  async get(orgId: string, id: string): Promise<ServiceAccount | undefined> {
    return (await this.#of(orgId).get(id))?.document
  }

  async create(orgId: string, name: string, role: string, granter: Granter): Promise<AccountOutcome> {
    const why = await this.#whyNotGive(orgId, role, granter)
    if (why !== undefined) return refused(why)
    const { clock, newId } = this.#parts
    const account = { id: newId(), name, role, createdAt: toIsoTime(clock.nowMs()) }
    const inserted = await this.#of(orgId).insert(account)
    return inserted.kind === 'inserted' ? { kind: 'done', account } : refused('exists')
  }

  async change(
    orgId: string,
    id: string,
    changes: { readonly name?: string; readonly role?: string },
    granter: Granter,
  ): Promise<AccountOutcome> {
    const found = await this.#touchable(orgId, id, granter)
    if (typeof found === 'string') return refused(found)
    const why = changes.role === undefined ? undefined : await this.#whyNotGive(orgId, changes.role, granter)
    if (why !== undefined) return refused(why)
    const outcome = await this.#of(orgId).update(id, (before) => ({ ...before, ...changes }))
    if (outcome.kind === 'duplicate') return refused('exists')
    if (outcome.kind !== 'replaced') return refused('missing')
    this.#parts.signIns.changed(id)
    return { kind: 'done', account: outcome.stored.document }
  }

  /** With its keys: whatever uses one is refused from then on. */
  async remove(orgId: string, id: string, granter: Granter): Promise<AccountOutcome> {
    const found = await this.#touchable(orgId, id, granter)
    if (typeof found === 'string') return refused(found)
    await this.#of(orgId).remove(id)
    this.#parts.signIns.changed(id)
    await this.#parts.signIns.closeAllOf(id)
    return { kind: 'done', account: found }
  }

  async keys(id: string): Promise<readonly ApiKeyView[]> {
    const keys = await this.#parts.signIns.of(id)
    return keys.toSorted((a, b) => a.createdAtMs - b.createdAtMs).map(viewKey)
  }

  async createKey(
    orgId: string,
    id: string,
    { name, expiresAtMs }: { readonly name: string; readonly expiresAtMs?: number | undefined },
    granter: Granter,
  ): Promise<KeyOutcome> {
    const found = await this.#touchable(orgId, id, granter)
    if (typeof found === 'string') return refused(found)
    const { clock, signIns } = this.#parts
    const nowMs = clock.nowMs()
    const endsMs = expiresAtMs ?? nowMs + defaultLifeMs
    if (endsMs <= nowMs) return refused('expires-too-early')
    if (endsMs > nowMs + longestLifeMs) return refused('expires-too-late')
    if ((await signIns.of(id)).length >= maxKeys) return refused('too-many-keys')
    const made = newApiKey()
    const key: SignIn = {
      id: made.id,
      kind: 'key',
      userId: id,
      orgId,
      name,
      createdAtMs: nowMs,
      expiresAtMs: endsMs,
    }
    await signIns.open(key)
    return { kind: 'done', key: viewKey(key), secret: made.secret }
  }

  async removeKey(orgId: string, id: string, keyId: string, granter: Granter): Promise<AccountOutcome> {
    const found = await this.#touchable(orgId, id, granter)
    if (typeof found === 'string') return refused(found)
    const isItsOwn = (await this.#parts.signIns.of(id)).some((key) => key.id === keyId)
    if (!isItsOwn) return refused('no-such-key')
    await this.#parts.signIns.close(keyId)
    return { kind: 'done', account: found }
  }

  #of(orgId: string): Collection<ServiceAccount> {
    return this.#parts.store.organization(orgId).collection(serviceAccountCollection)
  }

  async #touchable(orgId: string, id: string, granter: Granter): Promise<ServiceAccount | AccountRefusal> {
    const account = await this.get(orgId, id)
    if (account === undefined) return 'missing'
    const role = await this.#parts.roles.find(orgId, account.role)
    return role === undefined || mayGrant(granter, role) ? account : 'exceeds'
  }

  async #whyNotGive(orgId: string, key: string, granter: Granter): Promise<AccountRefusal | undefined> {
    // The two tiers above organizations are people's.
    const role = isAbove(key) ? undefined : await this.#parts.roles.find(orgId, key)
    if (role === undefined) return 'unknown-role'
    return mayGrant(granter, role) ? undefined : 'exceeds'
  }
}

const refused = (why: AccountRefusal): Refused => ({ kind: 'refused', why })
const isAbove = (role: string): boolean => role === 'platform-admin' || role === 'company-admin'

const viewKey = ({ createdAtMs, expiresAtMs, id, name = '' }: SignIn): ApiKeyView => ({
  id,
  name,
  createdAt: toIsoTime(createdAtMs),
  expiresAt: toIsoTime(expiresAtMs),
})

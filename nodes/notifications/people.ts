import type { Severity } from '../alerts/rule.ts'
import type { Identity } from '../identity/domain.ts'
import type { User } from '../identity/user.ts'
import type { Clock } from '../platform/clock.ts'
import { isGranted } from '../platform/kit/endpoints/permission.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, Store } from '../platform/store/port.ts'
import type { Channel } from './channel.ts'
import {
  keyOfWay,
  mannersOf,
  noPreferences,
  type PersonalWay,
  type Preferences,
  preferencesCollection,
  type StoredPreferences,
  wayOfKey,
  waysOf,
} from './preferences.ts'
import type { PushSubscriptions } from './push-subscriptions.ts'

/** Nobody is told of what they may not look at. */
const lookingAtAlerts = 'modules:alerts:alerts:read'
const pageSize = 1000

export interface PeopleParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly pushes: Pick<PushSubscriptions, 'find' | 'remove'>
  readonly identity: {
    readonly users: Pick<Identity['users'], 'find'>
    readonly roles: Pick<Identity['roles'], 'find'>
  }
}

/** People who want to be told of alerts, each in their own way. */
export class People {
  readonly #parts: PeopleParts

  constructor(parts: PeopleParts) {
    this.#parts = parts
  }

  async preferencesOf(orgId: string, userId: string): Promise<Preferences> {
    return (await this.#of(orgId).get(userId))?.document ?? noPreferences
  }

  async prefer(orgId: string, userId: string, wanted: Preferences): Promise<Preferences> {
    const changedAtMs = this.#parts.clock.nowMs()
    return (await this.#of(orgId).upsert({ ...wanted, id: userId, changedAtMs })).document
  }

  /** Keys of the ways by which anybody wants to hear of a severity. */
  async keysFor(orgId: string, severity: Severity): Promise<readonly string[]> {
    const keys: string[] = []
    const wanted = { [`channels.${severity}`]: { $in: ['in-app', 'email'] } }
    for await (const { document } of everyDocument(this.#of(orgId), wanted, { limit: pageSize }))
      keys.push(...waysOf(document, severity).map(keyOfWay))
    return keys
  }

  /** A person as a channel; undefined when the key is none of a person, or they are not to be told (any more). */
  async channelOf(orgId: string, key: string): Promise<Channel | undefined> {
    const way = wayOfKey(key)
    const user = way === undefined ? undefined : await this.#whoMayKnow(orgId, way)
    if (way === undefined || user === undefined) return undefined
    const manners = mannersOf(await this.preferencesOf(orgId, user.id), way.kind)
    const common = { key, id: key, createdAtMs: 0, retiredAtMs: null, ...manners }
    if (way.kind === 'web-push') {
      const subscription = await this.#parts.pushes.find(orgId, user.id, way.subscriptionId)
      if (subscription === undefined) return undefined
      const { endpoint, keys } = subscription
      return { ...common, kind: 'web-push', config: { subscription: { endpoint, keys } } }
    }
    return way.kind === 'email'
      ? { ...common, kind: 'email', config: { to: [user.email] } }
      : { ...common, kind: 'in-app', config: {} }
  }

  /** The browser at the end of this way is gone for good. */
  async forget(orgId: string, key: string): Promise<void> {
    const way = wayOfKey(key)
    if (way?.kind === 'web-push') await this.#parts.pushes.remove(orgId, way.userId, way.subscriptionId)
  }

  /** Of the organization, or of the platform: whoever acts for several is told by their own. */
  async #whoMayKnow(orgId: string, { isOwn, userId }: PersonalWay): Promise<User | undefined> {
    const { roles, users } = this.#parts.identity
    const user = await users.find(userId)
    if (user?.isEnabled !== true || (user.orgId !== null && user.orgId !== orgId)) return undefined
    if (isOwn === true) return user
    const role = await roles.find(user.orgId ?? undefined, user.role)
    return isGranted(role?.permissions ?? [], lookingAtAlerts) ? user : undefined
  }

  #of(orgId: string): Collection<StoredPreferences> {
    return this.#parts.store.organization(orgId).collection(preferencesCollection)
  }
}

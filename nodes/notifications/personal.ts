/** What people are told themselves, rather than their organization: by mail, in the app, and on what they carry. */
import { z } from 'zod'
import { userCollection } from '../identity/user.ts'
import type { Clock } from '../platform/clock.ts'
import { digestOf } from '../platform/outgoing/sign-webhook.ts'
import type { Collection, CollectionSpec, Store } from '../platform/store/port.ts'
import { type Channel, languages } from './channel.ts'

const subscriptionSchema = z.strictObject({
  endpoint: z.string(),
  expirationTime: z.number().nullable().optional(),
  keys: z.strictObject({ p256dh: z.string(), auth: z.string() }),
})
export type PushSubscription = z.output<typeof subscriptionSchema>

export const preferencesSchema = z.strictObject({
  /** The user's. */
  id: z.string(),
  language: z.enum(languages),
  isMailed: z.boolean(),
  /** The browsers that are told, the oldest first. */
  pushes: z.array(subscriptionSchema),
  changedAtMs: z.number(),
})
export type Preferences = z.output<typeof preferencesSchema>

export const preferencesCollection: CollectionSpec<Preferences> = {
  name: 'notice_preferences',
  schema: preferencesSchema,
  audit: { without: ['pushes'] },
}

const maxPushes = 10
const inApp = 'in-app'
const mail = 'email'
const push = 'push-'

/** `user/{id}/{way}`, which no channel of an organization can be called. */
const keyOf = (userId: string, way: string): string => `user/${userId}/${way}`
export const isPersonal = (key: string): boolean => key.startsWith('user/')
export const inAppKeyOf = (userId: string): string => keyOf(userId, inApp)
const pushWayOf = ({ endpoint }: PushSubscription): string => push + digestOf(endpoint).slice(0, 16)

export interface PersonalParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  /** Whether there is a mail server. */
  readonly canMail: boolean
}

export class Personal {
  readonly #store: Store
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #canMail: boolean

  constructor({ canMail, clock, store }: PersonalParts) {
    this.#store = store
    this.#clock = clock
    this.#canMail = canMail
  }

  /** As they are; what is usual for who never said. */
  async preferences(orgId: string, userId: string): Promise<Preferences> {
    return (await this.#of(orgId).get(userId))?.document ?? usual(userId)
  }

  save(
    orgId: string,
    userId: string,
    wanted: Partial<Pick<Preferences, 'isMailed' | 'language'>>,
  ): Promise<Preferences> {
    return this.#change(orgId, userId, (current) => ({ ...current, ...wanted }))
  }

  /** The same browser again is one; of more than ten the oldest are forgotten. */
  subscribe(orgId: string, userId: string, subscription: PushSubscription): Promise<Preferences> {
    return this.#change(orgId, userId, (current) => ({
      ...current,
      pushes: [...without(current, pushWayOf(subscription)), subscription].slice(-maxPushes),
    }))
  }

  unsubscribe(orgId: string, userId: string, endpoint: string): Promise<Preferences> {
    const way = push + digestOf(endpoint).slice(0, 16)
    return this.#change(orgId, userId, (current) => ({ ...current, pushes: without(current, way) }))
  }

  /** By which ways the user is told. */
  async keysOf(orgId: string, userId: string): Promise<readonly string[]> {
    const { isMailed, pushes } = await this.preferences(orgId, userId)
    return [inApp, ...(isMailed && this.#canMail ? [mail] : []), ...pushes.map(pushWayOf)].map((way) =>
      keyOf(userId, way),
    )
  }

  /** The way as a channel; undefined when there is none any more. */
  async channel(orgId: string, key: string): Promise<Channel | undefined> {
    const [, userId = '', way = ''] = key.split('/')
    const user = (await this.#store.platform(userCollection).get(userId))?.document
    if (user?.orgId !== orgId || !user.isEnabled) return undefined
    const { language, pushes } = await this.preferences(orgId, userId)
    const common = { key, id: key, language, createdAtMs: 0, retiredAtMs: null }
    if (way === inApp) return { ...common, kind: 'in-app', config: {} }
    if (way === mail) return { ...common, kind: 'email', config: { to: [user.email] } }
    const subscription = pushes.find((each) => pushWayOf(each) === way)
    return subscription === undefined ? undefined : { ...common, kind: 'web-push', config: { subscription } }
  }

  /** The browser has said that it is gone for good. */
  async retire(orgId: string, key: string): Promise<void> {
    const [, userId = '', way = ''] = key.split('/')
    await this.#change(orgId, userId, (current) => ({ ...current, pushes: without(current, way) }))
  }

  async #change(
    orgId: string,
    userId: string,
    change: (current: Preferences) => Preferences,
  ): Promise<Preferences> {
    const preferences = this.#of(orgId)
    const changedAtMs = this.#clock.nowMs()
    const changed = (current: Preferences): Preferences => ({ ...change(current), changedAtMs })
    for (;;) {
      const replaced = await preferences.update(userId, changed)
      if (replaced.kind === 'replaced') return replaced.stored.document
      const inserted = await preferences.insert(changed(usual(userId)))
      if (inserted.kind === 'inserted') return inserted.stored.document
    }
  }

  #of(orgId: string): Collection<Preferences> {
    return this.#store.organization(orgId).collection(preferencesCollection)
  }
}

const usual = (id: string): Preferences => ({
  id,
  language: 'en',
  isMailed: true,
  pushes: [],
  changedAtMs: 0,
})

const without = ({ pushes }: Preferences, way: string): PushSubscription[] =>
  pushes.filter((each) => pushWayOf(each) !== way)

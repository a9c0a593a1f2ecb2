import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { faultOfUrl } from '../platform/outgoing/public-address.ts'
import { digestOf } from '../platform/outgoing/sign-webhook.ts'
import type { Collection, CollectionSpec, Store } from '../platform/store/port.ts'
import { pushKeysSchema } from './push-keys.ts'

/** As a browser gives it (`PushSubscription.toJSON()`). */
export const pushSubscriptionBody = z.strictObject({
  endpoint: z
    .string()
    .max(2000)
    .superRefine((endpoint, context) => {
      const fault = faultOfUrl(endpoint)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
    }),
  expirationTime: z.number().nullable().optional(),
  keys: pushKeysSchema,
})
export type PushSubscriptionBody = z.output<typeof pushSubscriptionBody>

const pushSubscriptionSchema = z.strictObject({
  /** Made of its address: a browser is here once, for whoever asked in it last. */
  id: z.string(),
  userId: z.string(),
  endpoint: z.string(),
  keys: z.strictObject({ p256dh: z.string(), auth: z.string() }),
  createdAtMs: z.number(),
})
export type PushSubscription = z.output<typeof pushSubscriptionSchema>

export const pushSubscriptionCollection: CollectionSpec<PushSubscription> = {
  name: 'push_subscriptions',
  schema: pushSubscriptionSchema,
  indexes: [['userId', 'createdAtMs']],
  // Whoever has these can write to somebody's phone.
  audit: { without: ['endpoint', 'keys'] },
}

export const pushSubscriptionView = z.object({
  id: z.string(),
  /** Of the push service. */
  host: z.string(),
  createdAt: z.iso.datetime(),
})

export const viewPushSubscription = ({
  createdAtMs,
  endpoint,
  id,
}: PushSubscription): z.output<typeof pushSubscriptionView> => ({
  id,
  host: new URL(endpoint).host,
  createdAt: toIsoTime(createdAtMs),
})

/** Of one person; past it the oldest goes. */
export const mostOfOne = 10

export interface PushSubscriptionParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
}

/** Browsers in which people want to be told. */
export class PushSubscriptions {
  readonly #parts: PushSubscriptionParts

  constructor(parts: PushSubscriptionParts) {
    this.#parts = parts
  }

  /** The same browser again is the same subscription. @throws StoreUnavailable */
  async add(
    orgId: string,
    userId: string,
    { endpoint, keys }: PushSubscriptionBody,
  ): Promise<PushSubscription> {
    const createdAtMs = this.#parts.clock.nowMs()
    const wanted = { id: digestOf(endpoint), userId, endpoint, keys, createdAtMs }
    const { document } = await this.#of(orgId).upsert(wanted)
    const others = (await this.of(orgId, userId)).filter(({ id }) => id !== document.id)
    for (const { id } of others.slice(mostOfOne - 1)) await this.#of(orgId).remove(id)
    return document
  }

  /** Newest first. */
  async of(orgId: string, userId: string): Promise<readonly PushSubscription[]> {
    const { items } = await this.#of(orgId).find(
      { userId },
      { sort: [{ path: 'createdAtMs', direction: 'descending' }], limit: 2 * mostOfOne },
    )
    return items.map(({ document }) => document)
  }

  /** Undefined for one that is not there, or is somebody else's. */
  async find(orgId: string, userId: string, id: string): Promise<PushSubscription | undefined> {
    const document = (await this.#of(orgId).get(id))?.document
    return document?.userId === userId ? document : undefined
  }

  /** False for one that is not there, or is somebody else's. */
  async remove(orgId: string, userId: string, id: string): Promise<boolean> {
    return (await this.find(orgId, userId, id)) !== undefined && this.#of(orgId).remove(id)
  }

  #of(orgId: string): Collection<PushSubscription> {
    return this.#parts.store.organization(orgId).collection(pushSubscriptionCollection)
  }
}

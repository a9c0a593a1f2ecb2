import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import type { Collection, CollectionSpec, Page, Store } from '../platform/store/port.ts'
import type { Notice } from './delivery.ts'

/** What somebody was told in the app; times in epoch milliseconds. */
const notificationSchema = z.strictObject({
  /** Of the delivery: what is delivered twice is there once. */
  id: z.string(),
  userId: z.string(),
  alertId: z.string().nullable(),
  type: z.string(),
  title: z.string(),
  text: z.string(),
  createdAtMs: z.number(),
  readAtMs: z.number().nullable(),
})
export type Notification = z.output<typeof notificationSchema>

export const notificationCollection: CollectionSpec<Notification> = {
  name: 'notifications',
  schema: notificationSchema,
  indexes: [['userId', 'createdAtMs'], ['userId', 'readAtMs'], ['createdAtMs']],
  audit: 'none',
}

export const notificationView = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  text: z.string(),
  alertId: z.string().nullable(),
  createdAt: z.iso.datetime(),
  /** Null until they have. */
  readAt: z.iso.datetime().nullable(),
})

export const viewNotification = ({
  createdAtMs,
  readAtMs,
  userId: _userId,
  ...shown
}: Notification): z.output<typeof notificationView> => ({
  ...shown,
  createdAt: toIsoTime(createdAtMs),
  readAt: toIsoTimeOrNull(readAtMs),
})

export interface InboxQuery {
  readonly isUnreadOnly: boolean
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface InboxParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
}

const pageSize = 1000

/** What people were told in the app, until they have read it, and for a while after. */
export class Inbox {
  readonly #parts: InboxParts

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  /** False for what is there already. */
  async add(
    orgId: string,
    { id, notice, userId }: { readonly id: string; readonly notice: Notice; readonly userId: string },
  ): Promise<boolean> {
    const { title, text, type } = notice
    const createdAtMs = this.#parts.clock.nowMs()
    const alertId = alertOf(notice)
    const outcome = await this.#of(orgId).insert({
      id,
      userId,
      alertId,
      type,
      title,
      text,
      createdAtMs,
      readAtMs: null,
    })
    return outcome.kind === 'inserted'
  }

  /** Newest first. @throws InvalidCursor */
  list(
    orgId: string,
    userId: string,
    { cursor, isUnreadOnly, limit }: InboxQuery,
  ): Promise<Page<Notification>> {
    return this.#of(orgId).find(
      { userId, ...(isUnreadOnly ? { readAtMs: null } : {}) },
      {
        sort: [{ path: 'createdAtMs', direction: 'descending' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      },
    )
  }

  countUnread(orgId: string, userId: string): Promise<number> {
    return this.#of(orgId).count({ userId, readAtMs: null })
  }

  /** Undefined for one that is not there, or somebody else's. */
  async read(orgId: string, userId: string, id: string): Promise<Notification | undefined> {
    const inbox = this.#of(orgId)
    if ((await inbox.get(id))?.document.userId !== userId) return undefined
    const readAtMs = this.#parts.clock.nowMs()
    // It stays read since when it first was.
    const outcome = await inbox.update(id, (known) => ({ ...known, readAtMs: known.readAtMs ?? readAtMs }))
    return outcome.kind === 'replaced' ? outcome.stored.document : undefined
  }

  /** How many were not read before. */
  async readAll(orgId: string, userId: string): Promise<number> {
    let read = 0
    for (;;) {
      const { items } = await this.#of(orgId).find({ userId, readAtMs: null }, { limit: pageSize })
      for (const { document } of items) if (await this.read(orgId, userId, document.id)) read += 1
      if (items.length < pageSize) return read
    }
  }

  sweep(orgId: string, beforeMs: number): Promise<number> {
    return this.#of(orgId).removeMany({ createdAtMs: { $lt: beforeMs } })
  }

  #of(orgId: string): Collection<Notification> {
    return this.#parts.store.organization(orgId).collection(notificationCollection)
  }
}

const aboutAlert = z.object({ alert: z.object({ id: z.string() }) })
const alertOf = ({ data }: Notice): string | null => aboutAlert.safeParse(data).data?.alert.id ?? null

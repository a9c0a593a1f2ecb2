import { z } from 'zod'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

/** Somebody who was heard of and is not registered. */
export const unknownSenderSchema = z.strictObject({
  id: z.string(),
  address: z.string(),
  /** The device that published for it; empty where only the topic is known, as behind a broker of one's own. */
  gatewayId: z.string(),
  /** What it could be, by its topics. */
  classKeys: z.array(z.string()),
  /** The last one. */
  topic: z.string(),
  messages: z.int(),
  firstSeenAtMs: z.int(),
  lastSeenAtMs: z.int(),
})
export type UnknownSender = z.output<typeof unknownSenderSchema>

export const unknownSenderCollection: CollectionSpec<UnknownSender> = {
  name: 'unknown_senders',
  audit: 'none',
  schema: unknownSenderSchema,
  unique: { sender: ['address', 'gatewayId'] },
  indexes: [['lastSeenAtMs']],
}

/** The two sightings of one sender as one. */
export const withSighting = (before: UnknownSender, next: UnknownSender): UnknownSender => ({
  ...next,
  id: before.id,
  classKeys: [...new Set([...before.classKeys, ...next.classKeys])].slice(0, 32),
  messages: before.messages + next.messages,
  firstSeenAtMs: Math.min(before.firstSeenAtMs, next.firstSeenAtMs),
  lastSeenAtMs: Math.max(before.lastSeenAtMs, next.lastSeenAtMs),
})

export const unknownSenderView = z.object({
  id: z.string(),
  address: z.string(),
  gatewayId: z.string().nullable(),
  classKeys: z.array(z.string()),
  topic: z.string(),
  messages: z.int(),
  firstSeenAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
})
export type UnknownSenderView = z.output<typeof unknownSenderView>

export const viewUnknownSender = ({
  firstSeenAtMs,
  gatewayId,
  lastSeenAtMs,
  ...sender
}: UnknownSender): UnknownSenderView => ({
  ...sender,
  gatewayId: gatewayId === '' ? null : gatewayId,
  firstSeenAt: toIsoTime(firstSeenAtMs),
  lastSeenAt: toIsoTime(lastSeenAtMs),
})

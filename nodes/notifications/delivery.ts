import { z } from 'zod'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import { dueFields } from '../platform/kit/jobs/job.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** What is told, in whatever words a channel has. */
export const noticeSchema = z.strictObject({
  /** `alert.firing`, say. */
  type: z.string(),
  /** When it happened, ISO 8601. */
  timestamp: z.string(),
  data: z.record(z.string(), z.json()),
  /** For people. */
  title: z.string(),
  text: z.string(),
})
export type Notice = z.output<typeof noticeSchema>

/** A notice on its way to one channel; times in epoch milliseconds. */
export const deliverySchema = z.strictObject({
  /** Of what happened and the channel, so it is made once; what the receiver knows it by. */
  id: z.string(),
  channel: z.string(),
  alertId: z.string().nullable(),
  notice: noticeSchema,
  status: z.enum(deliveryStatuses),
  attempts: z.array(z.strictObject({ atMs: z.number(), outcome: z.string() })),
  createdAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  ...dueFields,
})
export type Delivery = z.output<typeof deliverySchema>

export const deliveryCollection: CollectionSpec<Delivery> = {
  name: 'deliveries',
  schema: deliverySchema,
  indexes: [
    ['createdAtMs'],
    ['status', 'createdAtMs'],
    ['alertId', 'createdAtMs'],
    ['channel', 'createdAtMs'],
    ['endedAtMs'],
  ],
  indexesEverywhere: [['dueAtMs']],
}

const maxAttemptsKept = 50

/** The delivery with one more attempt, and how it ended where that was the end. Pure. */
export const attempted = (
  delivery: Delivery,
  outcome: string,
  atMs: number,
  status: DeliveryStatus = 'pending',
): Delivery => ({
  ...delivery,
  attempts: [...delivery.attempts, { atMs, outcome: outcome.slice(0, 500) }].slice(-maxAttemptsKept),
  status,
  ...(status === 'pending' ? {} : { endedAtMs: atMs, dueAtMs: null }),
})

const time = z.iso.datetime()
export const deliveryView = z.object({
  id: z.string(),
  channel: z.string(),
  type: z.string(),
  status: z.enum(deliveryStatuses),
  attempts: z.array(z.object({ at: time, outcome: z.string() })),
  alertId: z.string().nullable(),
  createdAt: time,
  endedAt: time.nullable(),
})
export type DeliveryView = z.output<typeof deliveryView>

export const viewDelivery = (delivery: Delivery): DeliveryView => ({
  id: delivery.id,
  channel: delivery.channel,
  type: delivery.notice.type,
  status: delivery.status,
  attempts: delivery.attempts.map(({ atMs, outcome }) => ({ at: toIsoTime(atMs), outcome })),
  alertId: delivery.alertId,
  createdAt: toIsoTime(delivery.createdAtMs),
  endedAt: toIsoTimeOrNull(delivery.endedAtMs),
})

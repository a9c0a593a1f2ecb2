/**
 * Domain events: what a decision means to others. They are written with the document that they are about, in the same
 * compare-and-set, so that there is never the one without the other; the relay (relay.ts) brings them to the stream.
 */
import { z } from 'zod'
import type { Document } from '../../store/port.ts'

/** The stream of everything that has happened. */
export const eventStream = 'events'

const nameSchema = z
  .string()
  .max(63)
  .regex(
    /^(?:[A-Z][A-Za-z0-9]*|[A-Z]+\.[A-Z]+)$/,
    'an event has a name in the past tense, such as BookingConfirmed, or one agreed with apps, such as BOOKING.NEW',
  )

const pendingEventSchema = z.strictObject({
  /** Its number among the events of its document, one more than that of the event before; from 1, unless the document begins elsewhere. */
  seq: z.int().min(1),
  type: nameSchema,
  atMs: z.number(),
  data: z.json(),
  causationId: z.string().optional(),
})
export type PendingEvent = z.output<typeof pendingEventSchema>

/** The fields of a document that has events. */
export const eventFields = {
  /** The number of the last event. */
  eventSeq: z.int().min(0),
  /** Those that are not on the stream yet, in order. */
  pendingEvents: z.array(pendingEventSchema),
  /** When the first of these happened, epoch milliseconds; null when there is none. Indexed over all organizations. */
  pendingSinceMs: z.number().nullable(),
}
export interface EventDocument extends Document {
  readonly eventSeq: number
  readonly pendingEvents: readonly PendingEvent[]
  readonly pendingSinceMs: number | null
}

export const noEvents = { eventSeq: 0, pendingEvents: [] as PendingEvent[], pendingSinceMs: null }

/** What has happened, before it has its place. */
export interface EventBody {
  readonly type: string
  readonly data: z.core.util.JSONType
  /** The event that it follows from. */
  readonly causationId?: string | undefined
}

/** The event fields with these events added. */
export function withEvents<T extends Omit<EventDocument, 'id'>>(
  document: T,
  bodies: readonly EventBody[],
  atMs: number,
): T {
  if (bodies.length === 0) return document
  const added = bodies.map(({ causationId, data, type }, n) => ({
    seq: document.eventSeq + n + 1,
    type,
    atMs,
    data,
    ...(causationId === undefined ? {} : { causationId }),
  }))
  return {
    ...document,
    eventSeq: document.eventSeq + added.length,
    pendingEvents: [...document.pendingEvents, ...added],
    pendingSinceMs: document.pendingSinceMs ?? atMs,
  }
}

/** An event as others get it. */
export const domainEventSchema = z.object({
  /** Names it for good, and comes again when the event does: the key of its effects. */
  id: z.string(),
  orgId: z.string(),
  /** What it is about: the document's collection and id. Events of one subject come in order. */
  subject: z.object({ kind: z.string(), id: z.string() }),
  /** The same id, under the name that apps know. */
  aggregateId: z.string(),
  /** The event that it follows from. */
  causationId: z.string().optional(),
  /** Its number among the events of its subject; 0 for one without a document. */
  seq: z.int().min(0),
  type: nameSchema,
  /** When it happened, epoch milliseconds. */
  atMs: z.number(),
  /** The same instant, for apps. */
  at: z.iso.datetime(),
  data: z.json(),
})
export type DomainEvent = z.output<typeof domainEventSchema>

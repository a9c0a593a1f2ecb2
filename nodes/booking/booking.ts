import { z } from 'zod'
import { eventFields } from '../platform/kit/events/event.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import { dueFields } from '../platform/kit/jobs/job.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

export const bookingStatuses = [
  'PENDING',
  'CONFIRMED',
  'INPROGRESS',
  'COMPLETED',
  'CANCELLED',
  'NOSHOW',
] as const
export type BookingStatus = (typeof bookingStatuses)[number]
/** Those that need their time. */
export const liveStatuses = ['PENDING', 'CONFIRMED', 'INPROGRESS'] as const
/** Those with a code for the door. */
export const codedStatuses = ['CONFIRMED', 'INPROGRESS'] as const

/** Another time or pod that was asked for and is not settled yet. */
const changeSchema = z.strictObject({
  /** Its number among the changes of this booking. */
  n: z.int(),
  kind: z.enum(['extend', 'move']),
  podId: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  bufferMs: z.number(),
  /** The price with it, and what of that is still to be paid. */
  credits: z.int(),
  extraCredits: z.int().min(0),
})
export type BookingChange = z.output<typeof changeSchema>

const happenedSchema = z.strictObject({
  version: z.int(),
  type: z.string(),
  atMs: z.number(),
  actor: z.string(),
  data: z.json(),
})
export type Happened = z.output<typeof happenedSchema>

/** A booking: what its events make of it. Times in epoch milliseconds. */
export const bookingSchema = z.strictObject({
  id: z.string(),
  podId: z.string(),
  userId: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  status: z.enum(bookingStatuses),
  credits: z.int().min(0),
  createdAtMs: z.number(),
  /** Why it was cancelled. */
  reason: z.string().nullable(),
  /** As they were when it was made. */
  bufferMs: z.number(),
  cancellation: z.array(z.strictObject({ beforeMinutes: z.int(), percent: z.int() })),
  /** What each slot costs that its guest stays on after the end. */
  overstay: z
    .strictObject({ graceMs: z.number(), slotMs: z.number(), creditsPerSlot: z.int().min(0) })
    .nullable(),
  /** How long before its start its guest is reminded of it; null when that is not wanted. */
  reminderMs: z.number().nullable(),
  /** Not paid by then, it is over. */
  payByMs: z.number(),
  change: changeSchema.nullable(),
  /** Changes that were ever asked for. */
  changes: z.int(),
  /** When its code opened the door, as the platform knows. */
  admittedAtMs: z.number().nullable(),
  startedAtMs: z.number().nullable(),
  /** When its guest is to be reminded of its start; null when that is done, or needless. */
  remindAtMs: z.number().nullable(),
  /** When its guest was told that it is nearly over. */
  remindedAtMs: z.number().nullable(),
  overstayedAtMs: z.number().nullable(),
  sessionEndedAtMs: z.number().nullable(),
  doorClosedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** What the door has told of it: the last of them, so that what comes again counts once. */
  heard: z.array(z.string()),
})
export type Booking = z.output<typeof bookingSchema>

/** The state with all that made it, in one document: there is never the one without the other. */
export const bookingDocumentSchema = z.strictObject({
  ...bookingSchema.shape,
  history: z.array(happenedSchema),
  ...dueFields,
  ...eventFields,
})
export type BookingDocument = z.output<typeof bookingDocumentSchema>

/** Of those of earlier programs nobody is reminded. */
const secondSchema = bookingDocumentSchema.extend({
  reminderMs: bookingSchema.shape.reminderMs.default(null),
  remindAtMs: bookingSchema.shape.remindAtMs.default(null),
})
/** Of the first, nobody wrote down when a guest was let in, and staying on cost nothing. */
const firstSchema = secondSchema.extend({
  admittedAtMs: bookingSchema.shape.admittedAtMs.default(null),
  overstay: bookingSchema.shape.overstay.default(null),
})

export const bookingCollection: CollectionSpec<BookingDocument> = {
  name: 'bookings',
  version: 3,
  upcast: {
    1: (document) => firstSchema.parse(document),
    2: (document) => secondSchema.parse(document),
  },
  schema: bookingDocumentSchema,
  indexes: [['startMs'], ['podId', 'startMs'], ['userId', 'startMs'], ['status', 'startMs']],
  indexesEverywhere: [['dueAtMs'], ['pendingSinceMs']],
}

export const isLive = ({ status }: Pick<Booking, 'status'>): boolean =>
  liveStatuses.some((live) => live === status)
export const hasCode = ({ status }: Pick<Booking, 'status'>): boolean =>
  codedStatuses.some((coded) => coded === status)

const time = z.iso.datetime()
export const bookingView = z.object({
  id: z.string(),
  podId: z.string(),
  userId: z.string(),
  start: time,
  end: time,
  status: z.enum(bookingStatuses),
  credits: z.int(),
  /** Of events that have made it what it is. */
  version: z.int(),
  createdAt: time,
  reason: z.string().nullable(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
})

export const viewBooking = (
  booking: Booking & { readonly history: readonly unknown[] },
): z.output<typeof bookingView> => ({
  id: booking.id,
  podId: booking.podId,
  userId: booking.userId,
  start: toIsoTime(booking.startMs),
  end: toIsoTime(booking.endMs),
  status: booking.status,
  credits: booking.credits,
  version: booking.history.length,
  createdAt: toIsoTime(booking.createdAtMs),
  reason: booking.reason,
  startedAt: toIsoTimeOrNull(booking.startedAtMs),
  endedAt: toIsoTimeOrNull(booking.endedAtMs),
})

export const happenedView = z.object({
  version: z.int(),
  type: z.string(),
  at: time,
  actor: z.string(),
  data: z.json(),
})
export const viewHappened = ({ atMs, ...happened }: Happened): z.output<typeof happenedView> => ({
  ...happened,
  at: toIsoTime(atMs),
})

import { z } from 'zod'
import { namedZoneSchema } from '../schedules/time-schemas.ts'
import { weekdays } from '../schedules/window.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

const openingSchema = z
  .tuple([
    z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:00'),
    z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 22:00, or 24:00'),
  ])
  .refine(([opens, closes]) => opens < closes, 'must close after it opens')

const dayHoursSchema = z
  .array(openingSchema)
  .max(12)
  .refine(
    (openings) => openings.every(([opens], n) => n === 0 || (openings[n - 1]?.[1] ?? '') <= opens),
    'must be in order and not overlap',
  )

export const overstaySchema = z.strictObject({
  /** Whoever leaves within this has not overstayed. */
  graceMinutes: z.int().min(0).max(1440),
  /** For each slot that has begun after that. */
  creditsPerSlot: z.int().min(0).max(1_000_000),
})

const cancellationSchema = z.strictObject({
  beforeMinutes: z.int().min(0).max(525_600),
  percent: z.int().min(0).max(100),
})

export const podSettingsShape = {
  name: z.string().trim().min(1).max(200),
  location: z.strictObject({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  address: z.string().max(500).optional(),
  timeZone: namedZoneSchema,
  /** By day of the week, on the clock of the zone; closed on days that are not there. */
  openingHours: z.partialRecord(z.enum(weekdays), dayHoursSchema),
  slotMinutes: z.int().min(1).max(1440),
  /** How many slots a stay has. */
  minSlots: z.int().min(1).max(1440),
  maxSlots: z.int().min(1).max(1440),
  /** For cleaning, between two stays. */
  bufferMinutes: z.int().min(0).max(1440),
  creditsPerSlot: z.int().min(0).max(1_000_000),
  /** Who decides about a typed code: the platform, or the pod by itself. */
  accessMode: z.enum(['online', 'offline']),
  /** What comes back of the price when it is cancelled so long before the start. */
  cancellation: z.array(cancellationSchema).max(20).optional(),
  /** What staying too long costs; without it, its price from five minutes on. */
  overstay: overstaySchema.optional(),
  /** How long before the start its guest is reminded; 0 is never, and without it it is half an hour. */
  reminderMinutes: z
    .int()
    .min(0)
    .max(7 * 1440)
    .optional(),
}

export const podSettingsSchema = z
  .strictObject(podSettingsShape)
  .refine(({ maxSlots, minSlots }) => minSlots <= maxSlots, {
    path: ['maxSlots'],
    message: 'must not be less than minSlots',
  })
export type PodSettings = z.output<typeof podSettingsSchema>

/** The same hours every day, `HH:MM`. */
export const everyDay = (from: string, to: string): PodSettings['openingHours'] =>
  Object.fromEntries(weekdays.map((day) => [day, [[from, to]]]))

/** A device that can be booked; its id is the device's. */
export const podSchema = z.strictObject({
  id: z.string(),
  ...podSettingsShape,
  createdAtMs: z.number(),
})
export type Pod = z.output<typeof podSchema>

export const podCollection: CollectionSpec<Pod> = {
  name: 'pods',
  schema: podSchema,
  location: 'location',
}

/** All of it back until an hour before, half of it until the start. */
export const usualCancellation: NonNullable<PodSettings['cancellation']> = [
  { beforeMinutes: 60, percent: 100 },
  { beforeMinutes: 0, percent: 50 },
]

/** As a booking keeps it. Where the pod does not say, five minutes are free and then a slot costs what it costs. */
export function overstayOf({ creditsPerSlot, overstay, slotMinutes }: PodSettings) {
  const { graceMinutes, creditsPerSlot: price } = overstay ?? { graceMinutes: 5, creditsPerSlot }
  return { graceMs: graceMinutes * 60_000, slotMs: slotMinutes * 60_000, creditsPerSlot: price }
}

const usualReminderMinutes = 30

/** As a booking keeps it: null for none. */
export const reminderOf = ({ reminderMinutes = usualReminderMinutes }: PodSettings): number | null =>
  reminderMinutes === 0 ? null : reminderMinutes * 60_000

export const podView = z.object({ id: z.string(), ...podSettingsShape })

export const viewPod = (pod: Pod): z.output<typeof podView> => podView.parse(pod)

/** What comes back when so many milliseconds are left to the start: nothing once it has begun. */
export function refundPercent(policy: NonNullable<PodSettings['cancellation']>, leftMs: number): number {
  const reached = policy.filter(({ beforeMinutes }) => leftMs > 0 && leftMs >= beforeMinutes * 60_000)
  return reached.reduce((best, each) => (each.beforeMinutes > best.beforeMinutes ? each : best), {
    beforeMinutes: -1,
    percent: 0,
  }).percent
}

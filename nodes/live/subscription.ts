import { z } from 'zod'

const maxDevices = 10_000
/** Rooms are kept for each device and name of event. */
const maxRooms = 20_000

const partSchema = z.object({
  /** Without: everything of the organization. */
  devices: z.array(z.string().max(64)).max(maxDevices).optional(),
  /** Names of events; without: all of them. */
  events: z
    .array(z.string().regex(/^[a-z][a-zA-Z.-]{0,31}$/))
    .min(1)
    .max(8)
    .optional(),
})
export type SubscriptionPart = z.output<typeof partSchema>

const requestSchema = z.union([partSchema.transform((part) => [part]), z.array(partSchema).max(20)])

/** What `subscribe` asks for: a part, or several together. @returns what is wrong with it, for the one who asked */
export function readSubscription(request: unknown): readonly SubscriptionPart[] | string {
  const parsed = requestSchema.safeParse(request ?? {})
  if (!parsed.success) return 'devices: must be a list of device ids; events: a list of names of events'
  const rooms = parsed.data.reduce(
    (sum, { devices, events }) => sum + (devices?.length ?? 1) * (events?.length ?? 1),
    0,
  )
  return rooms > maxRooms ? `devices: at most ${maxRooms}, times the events of each` : parsed.data
}

import { everyDay } from '../../nodes/booking/pod.ts'

/** What `PUT pods/{id}` takes: open all day every day, an hour at least and four at most, codes judged by the platform. */
export const podBody = (
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  name: 'Pod',
  location: { latitude: 45.07, longitude: 7.69 },
  timeZone: 'UTC',
  openingHours: everyDay('00:00', '24:00'),
  slotMinutes: 60,
  minSlots: 1,
  maxSlots: 4,
  bufferMinutes: 0,
  creditsPerSlot: 3,
  accessMode: 'online',
  ...changes,
})

import { z } from 'zod'
import { isNamedZone } from '../platform/kit/zone.ts'

/** `HH:MM` on some clock. */
export const timeOfDaySchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:30')

/** One with rules for its clocks: no mere offset. */
export const namedZoneSchema = z
  .string()
  .max(64)
  .refine(isNamedZone, 'must be an IANA time zone such as Europe/Rome')

import { z } from 'zod'
import { isTimeZone } from '../platform/kit/zone.ts'
import { qualities, type Quality } from '../platform/series/port.ts'

const isQuality = (name: string): name is Quality => qualities.some((known) => known === name)

/** The query parameter that says which qualities count: names with commas between; all without it. */
export const qualityQuery = z
  .string()
  .transform((text, context): readonly Quality[] => {
    const names = text.split(',')
    if (names.every(isQuality)) return [...new Set(names)].sort()
    context.addIssue({ code: 'custom', message: `must be of ${qualities.join(', ')}, with commas between` })
    return z.NEVER
  })
  .optional()
  .meta({ description: `Which qualities count, with commas between: ${qualities.join(', ')}. Default: all` })

/** An IANA time zone. */
export const zoneQuery = z
  .string()
  .max(64)
  .refine(isTimeZone, 'is not a time zone that is known here')
  .optional()
  .meta({ description: 'Buckets are hours and days of this zone (Europe/Rome). Default: UTC' })

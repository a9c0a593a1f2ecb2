import { z } from 'zod'
import { classKeySchema } from '../platform/identifiers.ts'

/** How long readings stay in the series before they go to the archive, in days; a day at least. */
export const retentionDaysSchema = z.int().min(1).max(36_500)

/** What an organization says about retention. */
export const organizationRetentionSchema = z.strictObject({
  /** For all devices, unless something below or their class says otherwise. */
  telemetryDays: retentionDaysSchema.optional(),
  /** For the devices of a class, shipped ones too. */
  classes: z.record(classKeySchema, retentionDaysSchema).optional(),
})
export type OrganizationRetention = z.output<typeof organizationRetentionSchema>

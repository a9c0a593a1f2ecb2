import type { OrganizationRetention } from '../identity/organization-retention.ts'

export const defaultRetentionDays = 90

/** The most specific wins: the organization for the class, the class, the organization, the default. */
export function retentionDaysOf(
  organization: OrganizationRetention | undefined,
  deviceClass: { readonly key: string; readonly retentionDays?: number | undefined } | undefined,
): number {
  const classes = organization?.classes ?? {}
  // A class may be called like something that every object has (`constructor`).
  const forClass =
    deviceClass !== undefined && Object.hasOwn(classes, deviceClass.key)
      ? classes[deviceClass.key]
      : undefined
  return forClass ?? deviceClass?.retentionDays ?? organization?.telemetryDays ?? defaultRetentionDays
}

const dayMs = 86_400_000

/** Where the first day begins that stays, UTC: a day goes when all of it is past retention. */
export function cutoffMs(nowMs: number, retentionDays: number): number {
  return Math.floor(nowMs / dayMs - retentionDays) * dayMs
}

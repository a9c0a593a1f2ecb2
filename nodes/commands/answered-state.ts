import type { DeviceReport } from '../devices/device-report.ts'

/** What a device says with its acknowledgment of the fields that its class reports; undefined when that is nothing. */
export function stateIn(
  { state }: Readonly<Record<string, unknown>>,
  fields: readonly string[] = [],
): DeviceReport['reported'] {
  if (typeof state !== 'object' || state === null || Array.isArray(state)) return undefined
  // oxlint-disable-next-line no-unsafe-type-assertion -- it was parsed from JSON
  const told = Object.entries(state as NonNullable<DeviceReport['reported']>)
  const reported = told.filter(([field]) => fields.includes(field))
  return reported.length === 0 ? undefined : Object.fromEntries(reported)
}

import { endOfHoursMs } from '../alerts/active-hours.ts'
import { type Severity, severities } from '../alerts/rule.ts'
import type { Channel } from './channel.ts'

/** When a channel is told of something of a severity: now, at the end of its quiet hours, or undefined for never. Pure. */
export function whenToTell(
  { minSeverity, quietHours }: Pick<Channel, 'minSeverity' | 'quietHours'>,
  severity: Severity,
  nowMs: number,
): number | undefined {
  if (minSeverity !== undefined && severities.indexOf(severity) < severities.indexOf(minSeverity))
    return undefined
  if (quietHours === undefined || severity === 'critical') return nowMs
  return endOfHoursMs(quietHours, nowMs) ?? nowMs
}

/** More within the time would be read by nobody. */
export const floodLimit = 20
export const floodMs = 60_000

/** Whether so many notices within a minute can be too many: for people; programs take everything. */
export const canBeFlooded = ({ kind }: Pick<Channel, 'kind'>): boolean => kind !== 'webhook'

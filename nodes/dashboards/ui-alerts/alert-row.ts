import { formatExact, formatMoment, formatNumber } from '../../../dashboards/kit/format.ts'
import type { AlertView } from '../../../dashboards/kit/views.ts'
import { texts } from './texts.ts'

export const statuses = [
  'firing',
  'acknowledged',
  'suppressed',
  'resolved',
] as const satisfies readonly AlertView['status'][]

export interface AlertRow extends Pick<AlertView, 'id' | 'deviceId' | 'message' | 'severity' | 'status'> {
  readonly rule: string
  readonly fired: string
  readonly firedExact: string
  readonly statusText: string
  /** Since when, or until when, it is what it is; empty where that is when it fired. */
  readonly since: string
  readonly canAcknowledge: boolean
  readonly isOpen: boolean
}

/** One alert, for a person. */
export function rowOf(alert: AlertView, nowMs: number): AlertRow {
  const { deviceId, id, message, severity, status } = alert
  const firedMs = Date.parse(alert.firedAt)
  return {
    id,
    deviceId,
    message,
    severity,
    status,
    rule: alert.value === null ? alert.ruleName : `${alert.ruleName}: ${formatNumber(alert.value)}`,
    fired: formatMoment(firedMs, nowMs),
    firedExact: formatExact(firedMs),
    statusText: texts[status],
    since: sinceOf(alert, nowMs),
    canAcknowledge: status === 'firing',
    isOpen: status !== 'resolved',
  }
}

function sinceOf({ acknowledgedAt, resolvedAt, silencedUntil, status }: AlertView, nowMs: number): string {
  const at = (moment: string | null, text: (moment: string) => string): string =>
    moment === null ? '' : text(formatMoment(Date.parse(moment), nowMs))
  if (status === 'resolved') return at(resolvedAt, texts.since)
  if (status === 'suppressed') return at(silencedUntil, texts.until)
  return status === 'acknowledged' ? at(acknowledgedAt, texts.since) : ''
}

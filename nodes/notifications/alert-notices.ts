import { z } from 'zod'
import { type Alert, type AlertView, viewAlert } from '../alerts/alert.ts'
import type { DeviceRecord } from '../devices/device.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Language } from './channel.ts'
import type { Notice } from './delivery.ts'
import { type NoticeType, wordsOf, wordsOfFlood } from './words.ts'

const typeOf: Readonly<Record<string, NoticeType>> = {
  AlertFired: 'alert.firing',
  AlertUnsilenced: 'alert.firing',
  AlertAcknowledged: 'alert.acknowledged',
  AlertEscalated: 'alert.escalated',
  AlertResolved: 'alert.resolved',
}

const firedSchema = z.object({ suppressedUntilMs: z.number().nullable() })
const escalatedSchema = z.object({ channels: z.array(z.string()) })

/** What is to be told of an event, and to whom. */
export interface Telling {
  readonly type: NoticeType
  readonly channels: readonly string[]
  readonly alert: AlertView
}

/**
 * What to tell of an event of an alert; undefined when nobody wants to hear of it. The alert is told as the event left it, though
 * more may have happened by now. Pure.
 */
export function tellingOf({ data, type: name }: DomainEvent, alert: Alert): Telling | undefined {
  const type = typeOf[name]
  if (type === undefined) return undefined
  if (name === 'AlertFired' && firedSchema.safeParse(data).data?.suppressedUntilMs !== null) return undefined
  const now = viewAlert(alert)
  // Silenced, it ends in silence, and it does not come back when it is over.
  if (name === 'AlertUnsilenced' && now.status !== 'firing') return undefined
  const channels =
    name === 'AlertEscalated' ? (escalatedSchema.safeParse(data).data?.channels ?? []) : alert.channels
  return { type, channels, alert: asOf(type, now) }
}

function asOf(type: NoticeType, alert: AlertView): AlertView {
  if (type === 'alert.resolved') return { ...alert, status: 'resolved' }
  const open = { ...alert, resolvedAt: null, silencedUntil: null }
  return type === 'alert.acknowledged'
    ? { ...open, status: 'acknowledged' }
    : { ...open, status: 'firing', acknowledgedAt: null }
}

export function noticeOf(
  { alert, type }: Telling,
  record: DeviceRecord | undefined,
  atMs: number,
  language: Language,
): Notice {
  const device = {
    id: alert.deviceId,
    name: record?.device.name ?? alert.deviceId,
    classKey: record?.device.classKey ?? null,
    tags: record?.device.tags ?? [],
  }
  return {
    type,
    timestamp: toIsoTime(atMs),
    data: { alert, device },
    ...wordsOf(type, alert, device.name, language),
  }
}

/** Instead of very many. */
export const floodNotice = (timestamp: string, language: Language): Notice => ({
  type: 'alert.flood',
  timestamp,
  data: {},
  ...wordsOfFlood(language),
})

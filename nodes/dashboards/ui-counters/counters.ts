import { formatMoment, formatNumber, formatRate } from '../../../dashboards/kit/format.ts'
import type { OverviewView } from '../../../dashboards/kit/views.ts'
import { texts } from './texts.ts'

export interface Counter {
  readonly name: 'online' | 'offline' | 'rate' | 'readings' | 'dead-letters'
  readonly label: string
  readonly value: string
  readonly hint: string
  /** Somebody should have a look. */
  readonly isAlarming: boolean
}

/** What the numbers of the fleet say to a person. */
export function countersOf(overview: OverviewView, nowMs: number): readonly Counter[] {
  const { devices, messagesPerSecond, readingsStored, readingsStoredSince, deadLettersOpen } = overview
  const offline = devices.total - devices.online
  return [
    {
      name: 'online',
      label: texts.online,
      value: formatNumber(devices.online, 0),
      hint: texts.ofDevices(devices.total),
      isAlarming: false,
    },
    {
      name: 'offline',
      label: texts.offline,
      value: formatNumber(offline, 0),
      hint: offline === 0 ? texts.allOnline : texts.notHeard,
      isAlarming: offline > 0,
    },
    {
      name: 'rate',
      label: texts.rate,
      value: formatRate(messagesPerSecond),
      hint: texts.lastMinute,
      isAlarming: false,
    },
    {
      name: 'readings',
      label: texts.readings,
      value: formatNumber(readingsStored, 0),
      hint: texts.since(formatMoment(Date.parse(readingsStoredSince), nowMs)),
      isAlarming: false,
    },
    {
      name: 'dead-letters',
      label: texts.deadLetters,
      value: formatNumber(deadLettersOpen, 0),
      hint: deadLettersOpen === 0 ? texts.nothingWaits : texts.toLookAt,
      isAlarming: deadLettersOpen > 0,
    },
  ]
}

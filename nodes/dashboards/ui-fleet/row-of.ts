import { formatAgo, formatExact } from '../../../dashboards/kit/format.ts'
import { formatValue, qualityName, readable, withUnit } from '../../../dashboards/kit/names.ts'
import { texts } from '../../../dashboards/kit/texts.ts'
import type { FleetDevice } from './fleet.ts'

export interface RowText {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly online: boolean
  readonly status: string
  readonly seen: string
  readonly seenExact: string | undefined
  readonly values: readonly {
    readonly port: number
    readonly name: string
    readonly text: string
    readonly quality: string | undefined
    readonly qualityText: string | undefined
  }[]
}

/** What the table says of a device. */
export function rowOf(device: FleetDevice, nowMs: number): RowText {
  const { className, id, keyPorts, lastSeenMs, name, online, values } = device
  return {
    id,
    name,
    kind: `${className} · ${id}`,
    online,
    status: online ? texts.online : texts.offline,
    seen: lastSeenMs === null ? texts.never : formatAgo(lastSeenMs, nowMs),
    // Every reading moves the exact time, and nobody reads it before pointing at it.
    seenExact: lastSeenMs === null || online ? undefined : formatExact(lastSeenMs),
    values: keyPorts.map((port) => {
      const latest = values.get(port.port)
      return {
        port: port.port,
        name: readable(port.name),
        text:
          latest === undefined ? '–' : withUnit(formatValue(latest.value, port, latest.decimals), port.unit),
        quality: latest?.quality,
        qualityText:
          latest === undefined || latest.quality === 'good' ? undefined : qualityName(latest.quality),
      }
    }),
  }
}

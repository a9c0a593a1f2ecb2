import { decimalsOf } from '../../../dashboards/kit/format.ts'
import type { LatestValue } from '../../../dashboards/kit/latest-values.ts'
import { keyPorts, readable } from '../../../dashboards/kit/names.ts'
import type {
  DeviceView,
  LatestView,
  PortSettings,
  ReadingEvent,
  StateEvent,
} from '../../../dashboards/kit/views.ts'

export interface FleetDevice {
  readonly id: string
  readonly name: string
  readonly className: string
  /** What a search looks at, in lower case. */
  readonly text: string
  readonly keyPorts: readonly PortSettings[]
  readonly values: Map<number, LatestValue>
  online: boolean
  /** Epoch milliseconds. */
  lastSeenMs: number | null
  /** Its place by name: thousands are sorted again and again, and comparing numbers costs nothing. */
  rank: number
  /** Until the latest values were asked for, only those heard live are here. */
  hasLatest: boolean
}

const keyPortCount = 3

/** "Pump 9" comes before "Pump 10". */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** The devices of an organization as the overview knows them: loaded once, then kept up by live events. */
export class Fleet {
  #devices = new Map<string, FleetDevice>()

  get size(): number {
    return this.#devices.size
  }

  get online(): number {
    return this.all().reduce((count, device) => count + (device.online ? 1 : 0), 0)
  }

  all(): readonly FleetDevice[] {
    return [...this.#devices.values()]
  }

  get(id: string): FleetDevice | undefined {
    return this.#devices.get(id)
  }

  /** The list anew; values that are known stay. */
  replace(views: readonly DeviceView[]): void {
    const devices = views.map((view) => toDevice(view, this.#devices.get(view.id)))
    devices.sort((a, b) => collator.compare(a.name, b.name) || collator.compare(a.id, b.id))
    for (const [rank, device] of devices.entries()) device.rank = rank
    this.#devices = new Map(devices.map((device) => [device.id, device]))
  }

  latest(id: string, items: readonly LatestView[]): void {
    const device = this.#devices.get(id)
    if (device === undefined) return
    device.hasLatest = true
    for (const item of items) putValue(device, item)
  }

  /** @param nowMs when it was heard */
  reading(event: ReadingEvent, nowMs: number): void {
    const device = this.#devices.get(event.deviceId)
    if (device === undefined) return
    device.lastSeenMs = Math.max(device.lastSeenMs ?? 0, nowMs)
    putValue(device, event)
  }

  state({ deviceId, online, lastSeen }: StateEvent): void {
    const device = this.#devices.get(deviceId)
    if (device === undefined) return
    device.online = online
    if (lastSeen !== null) device.lastSeenMs = Math.max(device.lastSeenMs ?? 0, Date.parse(lastSeen))
  }

  /** After a time without live events everything has to be asked for again. */
  forgetLatest(): void {
    for (const device of this.#devices.values()) device.hasLatest = false
  }
}

type Valued = Pick<LatestView, 'port' | 'ts' | 'calibratedValue'> & { readonly quality: string }

function putValue(device: FleetDevice, { port, ts, calibratedValue, quality }: Valued): void {
  const time = Date.parse(ts)
  const current = device.values.get(port)
  if (current === undefined || time >= current.ts) {
    const decimals = Math.max(current?.decimals ?? 0, decimalsOf(calibratedValue))
    device.values.set(port, { ts: time, value: calibratedValue, quality, decimals })
  }
}

function toDevice(view: DeviceView, known: FleetDevice | undefined): FleetDevice {
  const { id, name, classKey, serialNumber, tags, ports, online, lastSeen } = view
  return {
    id,
    name,
    className: readable(classKey),
    text: [name, id, classKey, readable(classKey), serialNumber ?? '', ...tags].join('\n').toLowerCase(),
    keyPorts: keyPorts(ports, keyPortCount),
    values: known?.values ?? new Map(),
    online,
    lastSeenMs: lastSeen === null ? null : Date.parse(lastSeen),
    rank: 0,
    hasLatest: known?.hasLatest ?? false,
  }
}

import type { DeviceView, LatestView, PortSettings, ReadingEvent, StateEvent } from '../shared/api-types.ts'
import { decimalsOf } from '../shared/format.ts'
import { keyPorts, readable } from '../shared/names.ts'

export interface PortValue {
  readonly ts: number
  readonly value: number
  readonly quality: string
  /** As many as any value of the port had, so that numbers keep their width. */
  readonly decimals: number
}

export interface FleetDevice {
  readonly id: string
  readonly name: string
  readonly className: string
  /** What a search looks at, in lower case. */
  readonly text: string
  readonly keyPorts: readonly PortSettings[]
  readonly values: Map<number, PortValue>
  online: boolean
  /** Epoch milliseconds. */
  lastSeenMs: number | null
  /** Until the latest values were asked for, only those heard live are here. */
  hasLatest: boolean
}

const keyPortCount = 3

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
    this.#devices = new Map(views.map((view) => [view.id, toDevice(view, this.#devices.get(view.id))]))
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

type Valued = Pick<LatestView, 'port' | 'ts' | 'calibratedValue' | 'quality'>

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
    hasLatest: known?.hasLatest ?? false,
  }
}

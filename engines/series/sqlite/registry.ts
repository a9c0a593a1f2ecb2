/** Numbers the series, and remembers the newest reading of each. */
import type { SeriesReading } from '../../../nodes/platform/series/port.ts'
import { NewestReadings } from './newest.ts'
import type { NewSeries, StoredSeries } from './protocol.ts'

/** Ports below this are looked up in an array. */
const SMALL_PORTS = 256

/** One device of one organization. */
export class Device {
  readonly orgId: string
  readonly deviceId: string
  /** Series by port, 0 for none. */
  readonly small: number[] = []
  #large: Map<number, number> | undefined
  /** Another organization's device of the same id. Ids are unique, but a tenant must be safe even if they are not. */
  next: Device | undefined

  constructor(orgId: string, deviceId: string) {
    this.orgId = orgId
    this.deviceId = deviceId
  }

  series(port: number): number | undefined {
    if (port >= 0 && port < SMALL_PORTS) return this.small[port] || undefined
    return this.#large?.get(port)
  }

  set(port: number, series: number): void {
    if (port < 0 || port >= SMALL_PORTS) (this.#large ??= new Map()).set(port, series)
    else {
      while (this.small.length <= port) this.small.push(0)
      this.small[port] = series
    }
  }

  /** By port. */
  all(): readonly { readonly port: number; readonly series: number }[] {
    const small = this.small.flatMap((series, port) => (series === 0 ? [] : [{ port, series }]))
    if (this.#large === undefined) return small
    const large = Array.from(this.#large, ([port, series]) => ({ port, series }))
    return [...small, ...large].toSorted((a, b) => a.port - b.port)
  }
}

export class Registry {
  readonly newest = new NewestReadings()
  readonly #devices = new Map<string, Device>()
  #nextId = 1
  #count = 0
  /** Created since the last tail was sealed; they are stored together with it. */
  #created: NewSeries[] = []

  /** Numbers are never used twice, not even after a device was removed. */
  startAt(nextId: number): void {
    this.#nextId = nextId
  }

  get count(): number {
    return this.#count
  }

  find(orgId: string, deviceId: string): Device | undefined {
    let device = this.#devices.get(deviceId)
    while (device !== undefined && device.orgId !== orgId) device = device.next
    return device
  }

  findOrAdd(orgId: string, deviceId: string): Device {
    const found = this.find(orgId, deviceId)
    if (found !== undefined) return found
    const device = new Device(orgId, deviceId)
    device.next = this.#devices.get(deviceId)
    this.#devices.set(deviceId, device)
    return device
  }

  create(device: Device, port: number): number {
    const id = this.#nextId++
    this.#count++
    device.set(port, id)
    this.newest.reserve(id)
    this.newest.setOnDisk(id, -Infinity)
    this.#created.push({ id, orgId: device.orgId, deviceId: device.deviceId, port })
    return id
  }

  load({ id, orgId, deviceId, port, lastDay }: StoredSeries): void {
    this.findOrAdd(orgId, deviceId).set(port, id)
    this.newest.reserve(id)
    this.newest.setLastDay(id, lastDay)
    this.#count++
  }

  takeCreated(): readonly NewSeries[] {
    const created = this.#created
    this.#created = []
    return created
  }

  /** Returns the series of the device; from now on it is unknown. */
  remove(orgId: string, deviceId: string): readonly number[] {
    const device = this.find(orgId, deviceId)
    if (device === undefined) return []
    let before = this.#devices.get(deviceId)
    if (before === device) {
      if (device.next === undefined) this.#devices.delete(deviceId)
      else this.#devices.set(deviceId, device.next)
    } else {
      while (before !== undefined && before.next !== device) before = before.next
      if (before !== undefined) before.next = device.next
    }
    const series = device.all().map((entry) => entry.series)
    this.#count -= series.length
    return series
  }

  *devicesOf(orgId: string): Generator<Device, void> {
    for (const first of this.#devices.values()) {
      for (let device: Device | undefined = first; device !== undefined; device = device.next)
        if (device.orgId === orgId) yield device
    }
  }

  seriesOf(orgId: string): readonly number[] {
    const found: number[] = []
    for (const device of this.devicesOf(orgId)) for (const { series } of device.all()) found.push(series)
    return found.sort((a, b) => a - b)
  }
}

/** Looks series up for a batch; successive readings of one device cost next to nothing. */
export class SeriesLookup {
  readonly #registry: Registry
  #device: Device | undefined

  constructor(registry: Registry) {
    this.#registry = registry
  }

  forget(): void {
    this.#device = undefined
  }

  idFor(reading: SeriesReading): number {
    let device = this.#device
    if (device === undefined || device.deviceId !== reading.deviceId || device.orgId !== reading.orgId) {
      device = this.#registry.findOrAdd(reading.orgId, reading.deviceId)
      this.#device = device
    }
    const { port } = reading
    const id = port < device.small.length ? device.small[port] : undefined
    return id || (device.series(port) ?? this.#registry.create(device, port))
  }
}

/**
 * Who writes a device's readings. There is no unique key among them, so every device has one writer at a time; a change
 * of the writer is a new epoch, and a writer looks after each insert whether it still is the one.
 */
import type { SeriesReading } from '../../../nodes/platform/series/port.ts'
import { deviceKey, encodeId } from './names.ts'
import type { Tables } from './tables.ts'

export interface OwnedDevice {
  readonly key: string
  readonly orgId: string
  readonly deviceId: string
  readonly epoch: number
  /** From here on nothing was stored before this process took the device. */
  readonly aheadAtStart: number
  /** How far this process has said that it may go. */
  ahead: number
  readonly ports: Set<number>
  /** The newest stored by this process, by port. */
  readonly newest: Map<number, number>
}

/** Saying so for a while ahead spares saying it for every batch; what is measured within is looked up by the next owner. */
const STEP_MS = 600_000
/** Devices kept in mind. */
const MAX_DEVICES = 100_000

export class Devices {
  readonly #tables: Tables
  readonly #writer: string
  readonly #owned = new Map<string, OwnedDevice>()

  /** `writer` names this process, no other before or after it. */
  constructor(tables: Tables, writer: string) {
    this.#tables = tables
    this.#writer = writer
  }

  /** The devices of these readings, taken over where needed, with all of these readings announced. */
  async of(readings: readonly SeriesReading[]): Promise<ReadonlyMap<string, OwnedDevice>> {
    const byDevice = Map.groupBy(readings, ({ orgId, deviceId }) => deviceKey(orgId, deviceId))
    const unknown = [...byDevice.keys()].filter((key) => !this.#owned.has(key))
    if (unknown.length > 0) {
      await this.#takeOver(unknown.map((key) => [key, byDevice.get(key)?.[0]] as const))
    }
    const owned = new Map<string, OwnedDevice>()
    const further: OwnedDevice[] = []
    for (const [key, batch] of byDevice) {
      const device = this.#owned.get(key)
      // Another process took it in between: the caller tries again.
      if (device === undefined) continue
      owned.set(key, device)
      if (announce(device, batch)) further.push(device)
    }
    if (further.length > 0) await this.#say(further)
    return owned
  }

  /** The keys of those that another process has taken meanwhile; they are forgotten here. */
  async lost(devices: readonly OwnedDevice[]): Promise<ReadonlySet<string>> {
    if (devices.length === 0) return new Set()
    const rows = await this.#tables.devices
      .find(
        { _id: { $in: devices.map(({ key }) => key) } },
        // The newest there is, from the primary that has just confirmed the insert.
        { projection: { epoch: 1 }, readConcern: { level: 'local' } },
      )
      .toArray()
    const epochs = new Map(rows.map(({ _id, epoch }) => [_id, epoch]))
    const lost = devices.filter(({ key, epoch }) => epochs.get(key) !== epoch)
    this.forget(lost.map(({ key }) => key))
    return new Set(lost.map(({ key }) => key))
  }

  /** They will be taken anew: what became of the last insert is not known. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#owned.delete(key)
  }

  /** Makes everybody forget what they know of a device that is removed. */
  async remove(orgId: string, deviceId: string): Promise<void> {
    const _id = deviceKey(orgId, deviceId)
    this.#owned.delete(_id)
    await this.#tables.devices.updateOne({ _id }, { $set: { writer: '', ports: [] }, $inc: { epoch: 1 } })
  }

  async #takeOver(wanted: readonly (readonly [string, SeriesReading | undefined])[]): Promise<void> {
    const { devices } = this.#tables
    await devices.bulkWrite(
      wanted.map(([key, reading]) => ({
        updateOne: {
          filter: { _id: key },
          update: {
            $set: {
              writer: this.#writer,
              org: encodeId(reading?.orgId ?? ''),
              device: encodeId(reading?.deviceId ?? ''),
            },
            $inc: { epoch: 1 },
          },
          upsert: true,
        },
      })),
      { ordered: false },
    )
    const origin = new Map(wanted)
    const rows = await devices
      .find({ _id: { $in: [...origin.keys()] }, writer: this.#writer }, { readConcern: { level: 'local' } })
      .toArray()
    for (const { _id, epoch, ahead = -Infinity, ports = [] } of rows) {
      const { orgId = '', deviceId = '' } = origin.get(_id) ?? {}
      this.#makeRoom()
      this.#owned.set(_id, {
        key: _id,
        orgId,
        deviceId,
        epoch,
        aheadAtStart: ahead,
        ahead,
        ports: new Set(ports),
        newest: new Map(),
      })
    }
  }

  async #say(devices: readonly OwnedDevice[]): Promise<void> {
    await this.#tables.devices.bulkWrite(
      devices.map(({ key, ahead, ports }) => ({
        updateOne: {
          filter: { _id: key },
          update: { $max: { ahead }, $addToSet: { ports: { $each: [...ports] } } },
        },
      })),
      { ordered: false },
    )
  }

  #makeRoom(): void {
    if (this.#owned.size < MAX_DEVICES) return
    const [eldest] = this.#owned.keys()
    if (eldest !== undefined) this.#owned.delete(eldest)
  }
}

/** True when the device's row has to be told before these are stored. */
function announce(device: OwnedDevice, batch: readonly SeriesReading[]): boolean {
  let isNew = false
  let newest = -Infinity
  for (const { ts, port } of batch) {
    newest = Math.max(newest, ts)
    if (device.ports.has(port)) continue
    device.ports.add(port)
    isNew = true
  }
  if (newest >= device.ahead) {
    device.ahead = newest + STEP_MS
    isNew = true
  }
  return isNew
}

/** Whether a reading may be stored already, by this process or one before it. */
export function isDoubtful(device: OwnedDevice, { port, ts }: SeriesReading): boolean {
  return ts < device.aheadAtStart || ts <= (device.newest.get(port) ?? -Infinity)
}

export function noteStored(device: OwnedDevice, { port, ts }: SeriesReading): void {
  if (ts > (device.newest.get(port) ?? -Infinity)) device.newest.set(port, ts)
}

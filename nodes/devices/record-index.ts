import type { Device, DeviceRecord } from './device.ts'

/** Devices by something that a few of them have. */
export class RecordIndex {
  readonly #keyOf: (device: Device) => string | undefined
  readonly #records = new Map<string, Map<string, DeviceRecord>>()

  constructor(keyOf: (device: Device) => string | undefined) {
    this.#keyOf = keyOf
  }

  of(key: string): readonly DeviceRecord[] {
    return [...(this.#records.get(key)?.values() ?? [])]
  }

  keys(): Iterable<string> {
    return this.#records.keys()
  }

  fill(records: Iterable<DeviceRecord>): void {
    this.#records.clear()
    for (const record of records) this.replace(undefined, record)
  }

  replace(before: DeviceRecord | undefined, after: DeviceRecord | undefined): void {
    if (before !== undefined) this.#remove(before)
    const key = after && this.#keyOf(after.device)
    if (after === undefined || key === undefined) return
    const found = this.#records.get(key)
    if (found === undefined) this.#records.set(key, new Map([[after.device.id, after]]))
    else found.set(after.device.id, after)
  }

  #remove({ device }: DeviceRecord): void {
    const key = this.#keyOf(device)
    if (key === undefined) return
    const found = this.#records.get(key)
    found?.delete(device.id)
    if (found?.size === 0) this.#records.delete(key)
  }
}

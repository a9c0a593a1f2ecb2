import type { Reading } from '../reading.ts'

/**
 * The newest timestamp that has passed, for each port of each device. A reading newer than it cannot have been
 * stored before; anything else must be looked up. Only ever used to let through, never to drop: what passed here may
 * still have failed on its way to the store.
 */
export class NewestSeen {
  readonly #newest = new Map<string, number[]>()

  isKnown(deviceId: string): boolean {
    return this.#newest.has(deviceId)
  }

  areKnown(readings: readonly Reading[]): boolean {
    let deviceId = ''
    for (const reading of readings) {
      if (reading.deviceId === deviceId) continue
      deviceId = reading.deviceId
      if (!this.#newest.has(deviceId)) return false
    }
    return true
  }

  /** What the store has of a device; to be told before its readings are judged. */
  learn(deviceId: string, stored: readonly { readonly port: number; readonly ts: number }[]): void {
    const ports: number[] = []
    for (const { port, ts } of stored) ports[port] = ts
    this.#newest.set(deviceId, ports)
  }

  forget(deviceId: string): void {
    this.#newest.delete(deviceId)
  }

  /**
   * Splits a batch, in order, into readings that are newer than all before them (`fresh`) and those that may be
   * repeats (`doubtful`). Devices that are not known count as having nothing stored.
   */
  split(readings: readonly Reading[]): {
    readonly fresh: readonly Reading[]
    readonly doubtful: readonly Reading[]
  } {
    const doubtful: Reading[] = []
    let fresh: Reading[] | undefined
    let deviceId = ''
    let ports: number[] = []
    for (let index = 0; index < readings.length; index += 1) {
      const reading = readings[index]
      if (reading === undefined) continue
      if (reading.deviceId !== deviceId) {
        deviceId = reading.deviceId
        ports = this.#portsOf(deviceId)
      }
      const newest = ports[reading.port]
      if (newest === undefined || reading.ts > newest) {
        ports[reading.port] = reading.ts
        fresh?.push(reading)
      } else {
        fresh ??= readings.slice(0, index)
        doubtful.push(reading)
      }
    }
    return { fresh: fresh ?? readings, doubtful }
  }

  #portsOf(deviceId: string): number[] {
    const known = this.#newest.get(deviceId)
    if (known !== undefined) return known
    const created: number[] = []
    this.#newest.set(deviceId, created)
    return created
  }
}

import type { AedesClient } from './aedes-internals.ts'
import type { BrokerPrincipal } from '../../nodes/platform/broker/port.ts'

/** Which connections belong to which device, so that a revoked credential ends all of them at once. */
export class Connections {
  readonly #maxOfDevice: number
  readonly #byDevice = new Map<string, Set<AedesClient>>()
  /** When a device was last told to go, counted in {@link moment}s. */
  readonly #goneAt = new Map<string, number>()
  readonly #deciding = new Set<object>()
  #moment = 0

  /** @param maxOfDevice how many one device may hold; the oldest makes room, so that half-dead ones lock nobody out */
  constructor(maxOfDevice: number) {
    this.#maxOfDevice = maxOfDevice
  }

  /** To be called before the gate is asked about a connection, and {@link decided} after. */
  deciding(attempt: object): number {
    this.#deciding.add(attempt)
    return this.#moment
  }

  decided(attempt: object): void {
    this.#deciding.delete(attempt)
    if (this.#deciding.size === 0) this.#goneAt.clear()
  }

  /** False when the device was told to go while the gate was still reading its credential. */
  admit(client: AedesClient, principal: BrokerPrincipal, since: number): boolean {
    if (principal.kind === 'service') return true
    const { deviceId } = principal
    if ((this.#goneAt.get(deviceId) ?? -1) >= since) return false
    const clients = this.#byDevice.get(deviceId) ?? new Set()
    const [oldest] = clients
    if (oldest && clients.size >= this.#maxOfDevice) {
      clients.delete(oldest)
      oldest.close()
    }
    this.#byDevice.set(deviceId, clients.add(client))
    client.conn.once('close', () => this.#remove(deviceId, client))
    return true
  }

  async disconnect(deviceId: string): Promise<void> {
    if (this.#deciding.size > 0) this.#goneAt.set(deviceId, this.#moment++)
    const clients = [...(this.#byDevice.get(deviceId) ?? [])]
    await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.close(resolve))))
  }

  #remove(deviceId: string, client: AedesClient): void {
    const clients = this.#byDevice.get(deviceId)
    if (clients?.delete(client) && clients.size === 0) this.#byDevice.delete(deviceId)
  }
}

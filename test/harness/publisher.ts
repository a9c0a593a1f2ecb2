import { DeviceConnection } from './device-connection.ts'
import type { DeviceAccess } from './resources.ts'
import { until, untilTrue } from './until.ts'

/** Many devices under full load, with the log of what was acknowledged. */
export class Publisher {
  readonly connections: readonly DeviceConnection[]

  private constructor(connections: readonly DeviceConnection[]) {
    this.connections = connections
  }

  /** Connects one client for each device; `inFlight` messages each. */
  static async connect(
    mqttPort: number,
    devices: readonly DeviceAccess[],
    inFlight = 50,
  ): Promise<Publisher> {
    const publisher = new Publisher(devices.map((device) => new DeviceConnection(mqttPort, device, inFlight)))
    await publisher.whenConnected()
    return publisher
  }

  get sent(): number {
    return this.connections.reduce((sum, { log }) => sum + log.sent, 0)
  }

  get acknowledged(): number {
    return this.connections.reduce((sum, { log }) => sum + log.acknowledged, 0)
  }

  get connects(): number {
    return this.connections.reduce((sum, { connects }) => sum + connects, 0)
  }

  whenConnected(): Promise<void> {
    return untilTrue('every device is connected', () => this.connections.every((one) => one.isConnected))
  }

  publish(): void {
    for (const connection of this.connections) connection.publish()
  }

  /** Resolves when so many more messages than now were acknowledged. */
  async whenAcknowledged(more: number, seconds = 20): Promise<number> {
    const goal = this.acknowledged + more
    return until(
      `${more} more acknowledgments`,
      () => (this.acknowledged >= goal ? this.acknowledged : undefined),
      {
        seconds,
        everyMs: 2,
      },
    )
  }

  /** Ends the load; resolves when all that was sent is acknowledged. */
  async drain(seconds = 30): Promise<void> {
    for (const connection of this.connections) connection.pause()
    const timeout = AbortSignal.timeout(seconds * 1000)
    const timedOut = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => {
        const left = this.connections.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0)
        reject(new Error(`${left} messages were not acknowledged within ${seconds} s`))
      })
    })
    await Promise.race([Promise.all(this.connections.map((one) => one.drained())), timedOut])
  }

  stop(): void {
    for (const connection of this.connections) connection.stop()
  }
}

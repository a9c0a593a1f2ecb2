import { LatencyHistogram } from './histogram.ts'
import { DeviceConnection } from './connection.ts'
import type { DeviceCredential, LoadResult } from './protocol.ts'

const connectWave = 100
const drainSeconds = 15

/** Many devices publishing as fast as they are acknowledged, or at a rate. One run at a time. */
export class LoadGenerator {
  readonly #latencies = new LatencyHistogram()
  #connections: DeviceConnection[] = []
  #run: Run | undefined

  async connect(
    port: number,
    devices: readonly DeviceCredential[],
    inFlight: number,
    portPairs: number,
  ): Promise<void> {
    const events = {
      acknowledged: (connection: DeviceConnection, count: number) =>
        this.#run?.acknowledged(connection, count),
      failed: (reason: string) => this.#run?.fail(reason),
    }
    // In waves: a listening socket's backlog is a few hundred, and a dropped SYN costs a second.
    for (let from = 0; from < devices.length; from += connectWave) {
      const wave = devices
        .slice(from, from + connectWave)
        .map((device, n) =>
          DeviceConnection.open(
            port,
            device,
            { inFlight, portPairs, seed: from + n },
            this.#latencies,
            events,
          ),
        )
      this.#connections.push(...(await Promise.all(wave)))
    }
  }

  async saturate(messages: number, maxSeconds: number): Promise<LoadResult> {
    return this.#measure(new SaturatingRun(this.#connections, messages), maxSeconds)
  }

  async paced(ratePerSecond: number, seconds: number): Promise<LoadResult> {
    return this.#measure(new PacedRun(this.#connections, ratePerSecond, seconds), seconds + drainSeconds)
  }

  close(): void {
    this.#run = undefined
    for (const connection of this.#connections) connection.close()
    this.#connections = []
  }

  async #measure(run: Run, maxSeconds: number): Promise<LoadResult> {
    this.#latencies.reset()
    this.#run = run
    const cpu = process.cpuUsage()
    const startedAtMs = Date.now()
    const timeout = setTimeout(() => run.stop(), maxSeconds * 1000)
    try {
      run.start()
      const seconds = await run.finished
      const used = process.cpuUsage(cpu)
      return {
        sent: run.sent,
        acknowledged: run.done,
        late: run.late,
        startedAtMs,
        seconds,
        ackP50Ms: this.#latencies.quantileMs(0.5),
        ackP99Ms: this.#latencies.quantileMs(0.99),
        tsAheadMs: run.aheadMs,
        cpuSeconds: (used.user + used.system) / 1e6,
      }
    } finally {
      clearTimeout(timeout)
      this.#run = undefined
    }
  }
}

abstract class Run {
  sent = 0
  done = 0
  late = 0
  aheadMs = 0
  readonly #settled = Promise.withResolvers<number>()
  readonly #startedAt = performance.now()
  /** Settles with the seconds from the start to the last acknowledgment. */
  readonly finished = this.#settled.promise

  abstract start(): void
  abstract acknowledged(connection: DeviceConnection, count: number): void

  /** Ends the run with what was acknowledged so far. */
  stop(): void {
    this.#settled.resolve((performance.now() - this.#startedAt) / 1000)
  }

  fail(reason: string): void {
    this.#settled.reject(new Error(reason))
  }

  protected publish(connection: DeviceConnection, count: number): void {
    this.sent += count
    const ahead = connection.publish(count, Date.now(), performance.now() * 1000)
    if (ahead > this.aheadMs) this.aheadMs = ahead
  }
}

class SaturatingRun extends Run {
  readonly #connections: readonly DeviceConnection[]
  readonly #messages: number

  constructor(connections: readonly DeviceConnection[], messages: number) {
    super()
    this.#connections = connections
    this.#messages = messages
  }

  start(): void {
    for (const connection of this.#connections) this.#fill(connection)
  }

  acknowledged(connection: DeviceConnection, count: number): void {
    this.done += count
    if (this.done >= this.#messages) this.stop()
    else this.#fill(connection)
  }

  #fill(connection: DeviceConnection): void {
    const count = Math.min(connection.free, this.#messages - this.sent)
    if (count > 0) this.publish(connection, count)
  }
}

class PacedRun extends Run {
  readonly #connections: readonly DeviceConnection[]
  readonly #ratePerMs: number
  readonly #messages: number
  #next = 0
  #due = 0

  constructor(connections: readonly DeviceConnection[], ratePerSecond: number, seconds: number) {
    super()
    this.#connections = connections
    this.#ratePerMs = ratePerSecond / 1000
    this.#messages = Math.round(ratePerSecond * seconds)
  }

  start(): void {
    const startedAt = performance.now()
    const timer = setInterval(() => {
      const due = Math.min(Math.floor((performance.now() - startedAt) * this.#ratePerMs), this.#messages)
      while (this.#due < due) {
        this.#due++
        if (!this.#publishOne()) this.late++
      }
      if (this.#due === this.#messages) {
        clearInterval(timer)
        this.#stopWhenDrained()
      }
    }, 1)
    const endTimer = (): void => clearInterval(timer)
    this.finished.then(endTimer, endTimer)
  }

  acknowledged(_connection: DeviceConnection, count: number): void {
    this.done += count
    this.#stopWhenDrained()
  }

  #stopWhenDrained(): void {
    if (this.#due === this.#messages && this.done === this.sent) this.stop()
  }

  /** The next connection in turn with room takes the message. */
  #publishOne(): boolean {
    for (let tried = 0; tried < this.#connections.length; tried++) {
      const connection = this.#connections[this.#next]
      this.#next = (this.#next + 1) % this.#connections.length
      if (connection !== undefined && connection.free > 0) {
        this.publish(connection, 1)
        return true
      }
    }
    return false
  }
}

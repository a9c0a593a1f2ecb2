import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach } from 'vitest'
import { FixtureGate } from '../../../nodes/platform/broker/gate.fixture.ts'
import { openTestBroker } from '../aedes.fixture.ts'
import type { AedesBroker } from '../aedes.ts'

/** Where the device of {@link login} is at home. */
export const own = 'org/acme/device/pod'
export const login: IClientOptions = {
  protocolVersion: 5,
  username: 'acme/pod',
  password: 'secret',
  clientId: 'pod',
  reconnectPeriod: 0,
}

/** A broker of each test of the block, with a clock of its own and a file that outlives it. */
export function useTimedBroker(): TimedBroker {
  const timed = new TimedBroker()
  beforeEach(() => timed.begin())
  afterEach(() => timed.end())
  return timed
}

class TimedBroker {
  nowMs = 0
  gate = new FixtureGate()
  #directory = ''
  #broker: AedesBroker | undefined
  readonly #clients: MqttClient[] = []

  get broker(): AedesBroker {
    if (this.#broker === undefined) throw new Error('no test has begun')
    return this.#broker
  }

  async begin(): Promise<void> {
    this.#directory = await mkdtemp(path.join(tmpdir(), 'mqtt5-'))
    this.nowMs = 1_000_000
    await this.#open()
  }

  async end(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.end(true)
    await this.broker.close()
    await rm(this.#directory, { recursive: true })
  }

  async restart(): Promise<void> {
    await this.broker.close()
    await this.#open()
  }

  /** On its way: whoever waits for it listens first. */
  connecting(options: IClientOptions): MqttClient {
    const client = mqtt.connect(`mqtt://127.0.0.1:${this.broker.port}`, {
      ...login,
      resubscribe: false,
      ...options,
    })
    this.#clients.push(client)
    return client
  }

  async #open(): Promise<void> {
    this.gate = new FixtureGate()
    const dataFile = path.join(this.#directory, 'broker.db')
    this.#broker = await openTestBroker(this.gate, { dataFile, nowMs: () => this.nowMs })
  }
}

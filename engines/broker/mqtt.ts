import { type IClientOptions, type IClientPublishOptions, type MqttClient, connect } from 'mqtt'
import { backoffMs } from '../../nodes/platform/backoff.ts'
import { Unavailable } from '../../nodes/platform/kit/unavailable.ts'
import type { Logger } from '../../nodes/platform/logger.ts'
import {
  type ConnectionOptions,
  clientOptions,
  defaultKeepaliveSeconds,
  defaultReceiveMaximum,
  reconnectBackoff,
} from './external/client-options.ts'
import { Subscriptions, type TopicSource } from './external/subscriptions.ts'
import { Uplinks } from './external/uplinks.ts'
import type {
  Broker,
  BrokerGate,
  BrokerStatistics,
  OutboundPublish,
} from '../../nodes/platform/broker/port.ts'
import { safeGate } from './safe-gate.ts'

export interface ExternalBrokerOptions extends ConnectionOptions {
  readonly gate: BrokerGate
  /** Undefined for an instance that only publishes. */
  readonly topics?: TopicSource | undefined
  /** Whether instances share what arrives; else each gets all of it. Default true. */
  readonly isShared?: boolean
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  /** How often `topics.revision` is looked at. */
  readonly refreshMs?: number
  /** How long opening waits for the broker; after that it is opened in trouble, and goes on trying. */
  readonly openTimeoutMs?: number
  readonly publishTimeoutMs?: number
  /** How long closing waits for what is on its way into the stream. */
  readonly closeTimeoutMs?: number
}

export interface ExternalBroker extends Broker {
  /** Subscribes to what the topics are now; resolves when the broker has confirmed it, or can't be reached. */
  refresh(): Promise<void>
}

/** What a publish may wait behind: more would be a queue in memory for a broker that is away. */
const maxPublishing = 10_000
/** A connection that has lasted so long is taken for a good one, and what comes after it is tried at once. */
const steadyMs = 10_000
/** Reason codes (MQTT 5, 2.4) and return code (3.1.1, 3.2.2.3) that mean something to us. */
const SESSION_TAKEN_OVER = 0x8e
const UNSUPPORTED_VERSION: ReadonlySet<unknown> = new Set([0x01, 0x84])

/**
 * A broker that is not ours, with its own rules about who may connect and publish what (see
 * `docs/how-to/use-your-own-broker.md`). We are one of its clients: all instances that ingest share the devices' topics,
 * and acknowledge to the broker what is durable in the uplink stream. The broker, not we, acknowledges to the device.
 */
export async function openExternalBroker(options: ExternalBrokerOptions): Promise<ExternalBroker> {
  const broker = new MqttBroker(options)
  await broker.whenOpen(options.openTimeoutMs ?? 5000)
  return broker
}

class MqttBroker implements ExternalBroker {
  readonly #options: ExternalBrokerOptions
  readonly #client: MqttClient
  readonly #connecting: IClientOptions
  readonly #subscriptions: Subscriptions | undefined
  readonly #uplinks: Uplinks
  readonly #opened = Promise.withResolvers<void>()
  readonly #refreshing: NodeJS.Timeout | undefined
  readonly #stayingAlive: NodeJS.Timeout
  #trouble: Error | undefined = new Error('not connected yet')
  #hasWarned = false
  #publishing = 0
  #suspicions = 0
  /** Since the connection was last steady. */
  #reconnects = 0
  #steady: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined

  constructor(options: ExternalBrokerOptions) {
    this.#options = options
    const { logger, receiveMaximum = defaultReceiveMaximum, topics } = options
    this.#uplinks = new Uplinks({
      gate: safeGate(options.gate, (hook, error) => logger.error({ hook, error }, 'broker gate failed')),
      // QoS 1 is bounded by the Receive Maximum, once for this connection and once for the one before it.
      maxInFlight: 2 * receiveMaximum + 1,
      onFailed: (error) => this.#startOver(error),
    })
    this.#client = connect(options.url, clientOptions(options, topics !== undefined))
    this.#connecting = this.#client.options
    this.#subscriptions = topics && new Subscriptions(this.#client, topics, options.isShared ?? true)
    this.#client.handleMessage = (packet, next) => this.#uplinks.take(this.#client.stream, packet, next)
    const keepaliveMs = (options.keepaliveSeconds ?? defaultKeepaliveSeconds) * 1000
    this.#stayingAlive = setInterval(() => this.#stayAlive(), keepaliveMs / 3).unref()
    this.#listen()
    if (topics !== undefined) {
      this.#refreshing = setInterval(() => void this.refresh(), options.refreshMs ?? 250).unref()
    }
  }

  get trouble(): Error | undefined {
    return this.#trouble
  }

  async whenOpen(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.#opened.resolve(), timeoutMs)
    await this.#opened.promise
    clearTimeout(timer)
  }

  async refresh(): Promise<void> {
    if (!this.#client.connected || this.#closed !== undefined) return
    try {
      await this.#subscriptions?.refresh()
    } catch (error) {
      this.#troubled(asError(error))
    }
  }

  async publish({ expiryMs, topic, payload, qos, retain = false }: OutboundPublish): Promise<void> {
    if (!this.#client.connected) throw new Unavailable('the MQTT broker cannot be reached')
    if (this.#publishing >= maxPublishing) throw new Unavailable('too much waits for the MQTT broker')
    const { publishTimeoutMs = 10_000 } = this.#options
    const content = typeof payload === 'string' ? payload : Buffer.from(payload)
    this.#publishing += 1
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Unavailable('the MQTT broker does not answer')),
          publishTimeoutMs,
        )
        this.#client.publish(topic, content, { qos, retain, ...this.#expiry(expiryMs) }, (error) => {
          clearTimeout(timer)
          if (error) reject(new Unavailable(`the MQTT broker refused: ${error.message}`, { cause: error }))
          else resolve()
        })
      })
    } finally {
      this.#publishing -= 1
    }
  }

  /** A broker of 3.1.1 knows none: there the message stays. */
  #expiry(expiryMs: number | undefined): IClientPublishOptions {
    if (expiryMs === undefined || this.#connecting.protocolVersion !== 5) return {}
    return { properties: { messageExpiryInterval: Math.max(1, Math.ceil(expiryMs / 1000)) } }
  }

  /** Whom the registry does not let in any more the broker refuses when it asks, or reads its files, the next time. */
  disconnect(): Promise<void> {
    return Promise.resolve()
  }

  statistics(): BrokerStatistics {
    return {
      connections: this.#client.connected ? 1 : 0,
      subscriptions: this.#subscriptions?.size ?? 0,
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    clearInterval(this.#refreshing)
    clearInterval(this.#stayingAlive)
    const { closeTimeoutMs = 3000 } = this.#options
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, closeTimeoutMs)
    await Promise.race([this.#uplinks.close(), timeout.promise])
    clearTimeout(timer)
    // What waits for its acknowledgment may wait for ever; what is in the stream has its own, written before.
    const isForced = this.#publishing > 0 || !this.#client.connected
    await new Promise<void>((resolve) => this.#client.end(isForced, () => resolve()))
  }

  #listen(): void {
    const client = this.#client
    client.on('connect', () => void this.#connected())
    client.on('close', () => this.#disconnected())
    client.on('reconnect', () => {
      this.#reconnects += 1
      this.#connecting.reconnectPeriod = backoffMs(this.#reconnects, reconnectBackoff, Math.random())
    })
    client.on('disconnect', ({ reasonCode }) => {
      if (reasonCode === SESSION_TAKEN_OVER) this.#troubled(new Error(this.#usedTwice))
    })
    client.on('error', (error) => {
      if (this.#connecting.protocolVersion === 5 && UNSUPPORTED_VERSION.has(codeOf(error))) {
        this.#connecting.protocolVersion = 4
        this.#options.logger.warn({}, 'the MQTT broker has no MQTT 5; with 3.1.1 it bounds what is in flight')
      } else this.#troubled(error)
    })
  }

  /** It is we who don't read on: mqtt.js would miss the broker's answer, take it for dead and fetch everything again. */
  #stayAlive(): void {
    if (!this.#uplinks.isHolding || !this.#client.connected) return
    this.#client.sendPing()
    this.#client.reschedulePing(true)
  }

  get #usedTwice(): string {
    return `another client uses the client id ${this.#options.clientId}: each instance needs its own`
  }

  #disconnected(): void {
    if (this.#closed !== undefined) return
    // Not every broker says so when it gives our session to somebody else (Mosquitto 2.0.11 does not).
    const isSuspicious = this.#steady !== undefined && this.#trouble === undefined
    clearTimeout(this.#steady)
    this.#steady = undefined
    this.#suspicions = isSuspicious ? this.#suspicions + 1 : 0
    const hint = this.#suspicions < 2 ? '' : ` right after it was opened; perhaps ${this.#usedTwice}`
    this.#troubled(new Error(`the connection is closed${hint}`), false)
  }

  async #connected(): Promise<void> {
    try {
      await this.#subscriptions?.refresh(true)
    } catch (error) {
      this.#startOver(asError(error))
      return
    }
    this.#steady = setTimeout(() => {
      this.#reconnects = 0
      this.#connecting.reconnectPeriod = reconnectBackoff.firstMs
      this.#steady = undefined
    }, steadyMs).unref()
    this.#trouble = undefined
    if (this.#hasWarned) this.#options.logger.info({}, 'the MQTT broker is back')
    this.#hasWarned = false
    this.#opened.resolve()
  }

  /** Ends the connection: the broker sends what we have not acknowledged again on the next one. */
  #startOver(error: Error): void {
    this.#troubled(error)
    if (this.#closed === undefined) this.#client.stream.destroy()
  }

  /** One line when trouble begins; `isCause` is false for what only follows from it. */
  #troubled(error: Error, isCause = true): void {
    if (isCause || this.#trouble === undefined) this.#trouble = error
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#options.logger.warn({ reason: error.message }, 'the MQTT broker is in trouble')
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined)

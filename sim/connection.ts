import { connect, type IClientOptions } from 'mqtt'
import { between, type Random } from './random.ts'

export interface ConnectionOptions {
  readonly url: string
  readonly deviceId: string
  readonly password: string
  readonly commandTopic: string
  /** Announced by the broker when the connection breaks. */
  readonly will: { readonly topic: string; readonly payload: string } | undefined
  readonly random: Random
}

export interface ConnectionEvents {
  /** Connected, and subscribed to commands; again after every reconnect. */
  ready(): void
  lost(): void
  reconnecting(): void
  command(payload: string): void
  acknowledged(): void
  problem(message: string): void
}

/** A device's way to the broker. */
export interface Connection {
  readonly connected: boolean
  /** Sent or queued, and not yet acknowledged. */
  readonly waiting: number
  /** QoS 1: kept and sent again until the broker acknowledges. */
  publish(topic: string, payload: string): void
  /** Breaks the connection without a farewell and stays away that long. */
  drop(forMs: number): void
  /** Says goodbye once everything is acknowledged, at the latest after `graceMs`. */
  close(graceMs: number): Promise<void>
}

export type OpenConnection = (options: ConnectionOptions, events: ConnectionEvents) => Connection

const FIRST_BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 30_000

/** Doubles with every failed attempt; random between half and full, so that a fleet does not come back all at once. */
export function backoffMs(attempt: number, random: Random): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt)
  return Math.round(between(full / 2, full, random))
}

export const openConnection: OpenConnection = (options, events) => {
  const client = connect(options.url, clientOptions(options))
  let attempt = 0
  let waiting = 0
  let ready = false

  client.on('connect', () => {
    attempt = 0
    client.options.reconnectPeriod = backoffMs(0, options.random)
    client.subscribe(options.commandTopic, { qos: 1 }, (error) => {
      if (error !== null) return events.problem(`subscribe ${options.commandTopic}: ${describe(error)}`)
      ready = true
      return events.ready()
    })
  })
  client.on('reconnect', () => {
    attempt += 1
    // Read by mqtt.js when this attempt has failed.
    client.options.reconnectPeriod = backoffMs(attempt, options.random)
    events.reconnecting()
  })
  client.on('close', () => {
    if (!ready) return
    ready = false
    events.lost()
  })
  client.on('error', (error) => events.problem(describe(error)))
  client.on('message', (_topic, payload) => events.command(payload.toString()))

  return {
    get connected() {
      return ready
    },
    get waiting() {
      return waiting
    },
    publish(topic, payload) {
      waiting += 1
      client.publish(topic, payload, { qos: 1 }, (error) => {
        waiting -= 1
        if (error === undefined || error === null) events.acknowledged()
        else if (!client.disconnecting) events.problem(`publish: ${describe(error)}`)
      })
    },
    drop(forMs) {
      client.options.reconnectPeriod = forMs
      client.stream.destroy()
    },
    close(graceMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          client.stream.destroy()
          resolve()
        }, graceMs)
        client.end(!ready, () => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
  }
}

function clientOptions({ deviceId, password, will, random }: ConnectionOptions): IClientOptions {
  const options: IClientOptions = {
    clientId: deviceId,
    username: deviceId,
    password,
    protocolVersion: 4,
    clean: true,
    keepalive: 30,
    connectTimeout: 10_000,
    reconnectPeriod: backoffMs(0, random),
    // A password may be put right, and a broker may be only starting.
    reconnectOnConnackError: true,
    // Done by hand on every connect, to know when it is granted.
    resubscribe: false,
  }
  return will === undefined
    ? options
    : { ...options, will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: false } }
}

function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(String).join('; ')
  return error.message
}

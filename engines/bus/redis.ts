import type { Redis } from 'ioredis'
import { z } from 'zod'
import { Unavailable } from '../../nodes/platform/kit/unavailable.ts'
import type { Logger } from '../../nodes/platform/logger.ts'
import { HeardInstances } from './heard.ts'
import { Listeners } from './listeners.ts'
import type { Bus, BusListener } from '../../nodes/platform/bus/port.ts'

export interface RedisBusOptions {
  /** Makes a connection of its own for this bus; it fails fast while Redis is away. */
  readonly connect: (purpose: string) => Redis
  readonly instance: string
  /** Tells installations on one Redis apart: pub/sub knows no databases. */
  readonly channel: string
  readonly log: Logger
  /** How often the instance makes itself heard; default 3 s. What went missing is noticed within it. */
  readonly everyMs?: number
}

const envelopeSchema = z.tuple([z.string(), z.int(), z.string(), z.unknown()])
const presence = 'presence'
const leaving = 'leaving'

/**
 * The bus on Redis pub/sub: one channel, every event numbered by its publisher. A gap is told after a reconnection, and
 * whenever a number is left out. An instance hears itself too: that shows that both of its connections work.
 */
export async function openRedisBus(options: RedisBusOptions): Promise<Bus> {
  const bus = new RedisBus(options)
  await bus.open()
  return bus
}

class RedisBus implements Bus {
  readonly instance: string
  readonly #channel: string
  readonly #everyMs: number
  readonly #log: Logger
  readonly #listeners: Listeners
  readonly #heard: HeardInstances
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #opened = Promise.withResolvers<void>()
  #number = 0
  #heardItselfMs = performance.now()
  #hasSubscribed = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  #trouble: Error | undefined

  constructor({ connect, instance, channel, log, everyMs = 3000 }: RedisBusOptions) {
    this.instance = instance
    this.#channel = channel
    this.#everyMs = everyMs
    this.#log = log
    this.#listeners = new Listeners(log)
    this.#heard = new HeardInstances(performance.now(), everyMs)
    this.#publisher = connect('bus-publish')
    this.#subscriber = connect('bus-subscribe')
    this.#subscriber.on('message', (_, text) => this.#hear(text))
    this.#subscriber.on('ready', () => void this.#subscribe())
    if (this.#subscriber.status === 'ready') void this.#subscribe()
  }

  async open(): Promise<void> {
    await this.#opened.promise
    await this.#makeHeard()
    this.#timer = setInterval(() => void this.#makeHeard(), this.#everyMs).unref()
  }

  get trouble(): Error | undefined {
    return this.#trouble
  }

  async publish(topic: string, event: unknown): Promise<void> {
    this.#number += 1
    const envelope = JSON.stringify([this.instance, this.#number, topic, event])
    try {
      await this.#publisher.publish(this.#channel, envelope)
    } catch (error) {
      throw new Unavailable(`the bus: ${messageOf(error)}`, { cause: error })
    }
  }

  subscribe(topic: string, listener: BusListener): () => void {
    return this.#listeners.subscribe(topic, listener)
  }

  onGap(listener: () => void): () => void {
    return this.#listeners.onGap(listener)
  }

  others(): readonly string[] {
    return this.#heard.present(performance.now())
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.publish(presence, leaving).catch(() => undefined)
    this.#subscriber.disconnect()
    this.#publisher.disconnect()
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#channel)
    } catch (error) {
      // It broke again: the next `ready` brings us back here.
      this.#note(error)
      return
    }
    this.#heardItselfMs = performance.now()
    if (this.#hasSubscribed) this.#listeners.gap()
    this.#hasSubscribed = true
    this.#opened.resolve()
  }

  async #makeHeard(): Promise<void> {
    const silentMs = performance.now() - this.#heardItselfMs
    if (silentMs > 3 * this.#everyMs) {
      this.#note(new Error(`this instance has not heard itself for ${Math.round(silentMs)} ms`))
      // A connection may be dead without having ended.
      if (this.#subscriber.status === 'ready') this.#subscriber.disconnect(true)
    }
    await this.publish(presence, null).catch((error: unknown) => this.#note(error))
  }

  #hear(text: string): void {
    if (this.#isClosed) return
    const envelope = parseEnvelope(text)
    if (envelope === undefined) return this.#log.warn({ channel: this.#channel }, 'not an event of the bus')
    const [from, number, topic, event] = envelope
    const nowMs = performance.now()
    if (from === this.instance) {
      this.#heardItselfMs = nowMs
      if (this.#trouble !== undefined) this.#log.info({}, 'the bus works again')
      this.#trouble = undefined
      return
    }
    const hearing = this.#heard.hear(from, number, nowMs)
    if (hearing === 'repeated') return
    if (hearing === 'missed') this.#listeners.gap()
    if (topic === presence && event === leaving) this.#heard.leave(from)
    if (topic !== presence) this.#listeners.deliver(topic, event, from)
  }

  #note(error: unknown): void {
    if (this.#isClosed) return
    if (this.#trouble === undefined)
      this.#log.warn({ err: error }, 'the bus does not work; it is tried again, and caught up with after')
    this.#trouble = error instanceof Error ? error : new Error(String(error))
  }
}

function parseEnvelope(text: string): z.output<typeof envelopeSchema> | undefined {
  try {
    return envelopeSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

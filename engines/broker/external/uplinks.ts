import type { Writable } from 'node:stream'
import type { IPublishPacket } from 'mqtt-packet'
import type { BrokerGate, InboundPublish } from '../../../nodes/platform/broker/port.ts'
import { Acknowledgments } from './acknowledgments.ts'

/** Goes on with the next packet; with an error, without acknowledging this one. */
type Next = (error?: Error) => void

export interface UplinkOptions {
  readonly gate: BrokerGate
  /** Messages that may wait to become durable before nothing more is read. */
  readonly maxInFlight: number
  /** A message could not be made durable: it has to be asked for again. */
  readonly onFailed: (error: Error) => void
}

/** mqtt.js then acknowledges nothing, and we do when the message is durable. */
const notYet = new Error('acknowledged later')

/** Messages on their way from the broker into the uplink stream, each acknowledged when it is durable there. */
export class Uplinks {
  readonly #options: UplinkOptions
  readonly #acknowledgments = new Acknowledgments()
  #inFlight = 0
  #held: (() => void)[] = []
  #isClosed = false
  #idle: PromiseWithResolvers<void> | undefined

  constructor(options: UplinkOptions) {
    this.#options = options
  }

  /** While nothing more is read, not even the broker's answers to our pings. */
  get isHolding(): boolean {
    return this.#held.length > 0
  }

  /** Takes a message that came by this connection, or leaves it unanswered when closed. */
  take(connection: Writable, packet: IPublishPacket, next: Next): void {
    if (this.#isClosed) return next(notYet)
    this.#inFlight += 1
    const { qos, messageId } = packet
    let isSettled = false
    this.#judge(packet, (error) => {
      if (isSettled) return
      isSettled = true
      if (error !== undefined) this.#options.onFailed(error)
      else if (qos > 0 && messageId !== undefined) this.#acknowledgments.add(connection, messageId)
      this.#settled()
    })
    if (this.#inFlight < this.#options.maxInFlight) next(notYet)
    else this.#held.push(() => next(notYet))
  }

  /** Takes nothing more; resolves when what was taken is durable and acknowledged. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#inFlight > 0) {
      this.#idle ??= Promise.withResolvers<void>()
      await this.#idle.promise
    }
    this.#acknowledgments.flush()
  }

  #judge({ topic, payload: content, qos, retain }: IPublishPacket, done: (error?: Error) => void): void {
    const { gate } = this.#options
    const payload = typeof content === 'string' ? Buffer.from(content) : content
    const principal = gate.publisherOf(topic)
    const decision =
      principal === undefined
        ? ({ kind: 'refused', reason: 'no topic of a registered device' } as const)
        : gate.publish(principal, topic, payload.length, retain)
    if (principal === undefined || decision.kind === 'refused') {
      const reason = decision.kind === 'refused' ? decision.reason : ''
      const who = principal?.kind === 'device' ? `device ${principal.deviceId}` : 'unknown'
      const publish = { principal, topic, payload, qos, retain }
      gate.refused({ action: 'publish', detail: `${topic}: ${reason}`, who, publish }, done)
    } else if (decision.kind !== 'uplink') done()
    else gate.uplink({ principal, topic, payload, qos, retain } satisfies InboundPublish, done)
  }

  #settled(): void {
    this.#inFlight -= 1
    if (this.#inFlight === 0) this.#idle?.resolve()
    if (this.#held.length === 0 || this.#inFlight >= this.#options.maxInFlight) return
    const held = this.#held
    this.#held = []
    for (const goOn of held) goOn()
  }
}

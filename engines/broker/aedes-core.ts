import { AedesBase } from './aedes-internals.ts'
import type { AedesClient, Done, InternalOptions, WirePublish } from './aedes-internals.ts'
import type { OutboundPublish } from '../../nodes/platform/broker/port.ts'
import type { StoredPacket } from './stored-packet.ts'
import type { SubscriptionIndex } from './subscription-index.ts'

const nothing = (): void => undefined

/** aedes with its publish step replaced: durable before the acknowledgment, and skipped when nobody listens. */
export class AedesCore extends AedesBase {
  readonly #index: SubscriptionIndex
  #closing = 0
  #whenSettled: (() => void) | undefined

  constructor(options: InternalOptions, index: SubscriptionIndex) {
    super(options)
    this.#index = index
  }

  /**
   * Takes over responsibility for a message: retained and queued for stored sessions, on disk when the promise
   * resolves. `emit` brings it to those who are connected.
   */
  async accept(
    packet: StoredPacket,
    inbound?: { clientId: string; messageId: number },
  ): Promise<StoredPacket> {
    const accepted = this.#own(packet)
    const writes: Promise<unknown>[] = []
    if (accepted.retain === true) writes.push(this.persistence.storeRetained(accepted))
    if ((accepted.qos ?? 0) > 0) {
      const targets = this.persistence.subscriptions.match(accepted.topic ?? '')
      if (targets.length > 0) writes.push(this.persistence.outgoing.enqueue(targets, accepted))
    }
    if (inbound) writes.push(this.persistence.noteIncoming(inbound.clientId, inbound.messageId))
    await Promise.all(writes)
    return accepted
  }

  async publishAccepted(message: OutboundPublish, nowMs: number): Promise<void> {
    const { expiryMs, topic, qos, retain = false } = message
    const payload = typeof message.payload === 'string' ? Buffer.from(message.payload) : message.payload
    const messageExpiry = expiryMs === undefined ? undefined : nowMs + expiryMs
    const accepted = await this.accept({ cmd: 'publish', topic, payload, qos, retain, messageExpiry })
    this.mq.emit(accepted, nothing)
  }

  /** Grows whenever {@link hasAudience} may answer differently. */
  get audienceRevision(): number {
    return this.#index.revision
  }

  /** Whether a publish has anywhere to go but the uplink stream. */
  hasAudience(packet: WirePublish): boolean {
    return packet.retain || this.#index.matches(packet.topic)
  }

  /** aedes' publish step for what came in on the wire; its own for the `$SYS` messages it makes itself. */
  override publish(packet: WirePublish, client: AedesClient | Done | null, done: Done = nothing): void {
    if (typeof client === 'function') return super.publish(packet, client)
    const { accepted } = packet
    if (accepted === undefined) return super.publish(packet, client, done)
    if (accepted === 'nobody listens') {
      client?.session?.settled(packet.payload.length)
      return done()
    }
    if (packet.emitsFreely !== true) return this.mq.emit(accepted, done)
    this.mq.emit(accepted, nothing)
    done()
  }

  override subscribe(filter: string, deliver: unknown, done?: Done): void {
    this.#index.add(filter)
    super.subscribe(filter, deliver, done)
  }

  override unsubscribe(filter: string, deliver: unknown, done?: Done): void {
    this.#index.remove(filter)
    super.unsubscribe(filter, deliver, done)
  }

  /** A connection that was closed while its predecessor was being taken over must not come back as a ghost. */
  override _finishRegisterClient(client: AedesClient): void {
    if (!client.closed) super._finishRegisterClient(client)
  }

  /** A connection that never got as far as being registered must not take the registered one's place away. */
  override unregisterClient(client: AedesClient): void {
    if (this.clients[client.id] === client) super.unregisterClient(client)
  }

  /** Last wills go on after their connection is gone; closing the files waits for them. */
  willStarted(): void {
    this.#closing += 1
  }

  willSettled(): void {
    this.#closing -= 1
    if (this.#closing === 0) this.#whenSettled?.()
  }

  async willsSettled(): Promise<void> {
    if (this.#closing > 0) await new Promise<void>((resolve) => (this.#whenSettled = resolve))
  }

  #own(packet: StoredPacket): StoredPacket {
    const { cmd, messageExpiry, topic, payload, qos, retain } = packet
    this.counter += 1
    return {
      cmd,
      topic: topic ?? '',
      payload: payload ?? '',
      qos: qos ?? 0,
      retain: retain ?? false,
      dup: false,
      brokerId: this.id,
      brokerCounter: this.counter,
      ...(messageExpiry === undefined ? {} : { messageExpiry }),
    }
  }
}

import type { MessageExpiries } from './mqtt5/message-expiries.ts'
import { isClientIdOf } from '../../nodes/platform/broker/client-id.ts'
import type { BrokerPrincipal } from '../../nodes/platform/broker/port.ts'

/** What the broker itself spends on a message in flight, counted with its payload. */
const MESSAGE_OVERHEAD_BYTES = 64

/** A topic, and how it looks on the wire. */
export interface QuietTopic {
  readonly text: string
  readonly bytes: Uint8Array
}

/** One connection: who it is, and how much of it waits to become durable. */
export class Session {
  readonly address: string
  /** Who it is, once the gate has accepted it. */
  principal: BrokerPrincipal | undefined
  clientId = ''
  /** See `ConnectRequest`. */
  readonly certificate256: string | undefined
  clean = true
  /** Its session is kept, and what was kept before is not wanted (MQTT 5, Clean Start). */
  startsAnew = false
  /** How long the session is kept after its connection (MQTT 5), and what the will waits for meanwhile, in milliseconds. */
  expiryMs = Infinity
  willDelayMs = 0
  /** Of a client of MQTT 5. */
  messageExpiries: MessageExpiries | undefined
  /** Filters granted to this connection. */
  readonly filters = new Set<string>()
  readonly #windowBytes: number
  #bytesInFlight = 0
  #quiet: QuietTopic | undefined
  #quietRevision = -1

  constructor(address: string, windowBytes: number, certificate256?: string) {
    this.certificate256 = certificate256
    this.address = address
    this.#windowBytes = windowBytes
  }

  /** True while nothing more may be read: what was read has to become durable first. */
  get full(): boolean {
    return this.#bytesInFlight >= this.#windowBytes
  }

  took(payloadBytes: number): void {
    this.#bytesInFlight += payloadBytes + MESSAGE_OVERHEAD_BYTES
  }

  settled(payloadBytes: number): void {
    this.#bytesInFlight -= payloadBytes + MESSAGE_OVERHEAD_BYTES
  }

  /**
   * Whether this topic was found publishable and without subscribers before, and no subscription has changed since: a
   * device publishes on one topic again and again, and comparing it is cheaper than looking it up.
   */
  isQuiet(topic: string, revision: number): boolean {
    return topic === this.quietTopic(revision)?.text
  }

  quietTopic(revision: number): QuietTopic | undefined {
    return revision === this.#quietRevision ? this.#quiet : undefined
  }

  noteQuiet(topic: string, revision: number): void {
    if (topic !== this.#quiet?.text) this.#quiet = { text: topic, bytes: Buffer.from(topic) }
    this.#quietRevision = revision
  }

  /** For logs and refusals. */
  get who(): string {
    const { principal } = this
    if (!principal) return `${this.clientId || 'unknown'}@${this.address}`
    return principal.kind === 'device' ? `device ${principal.deviceId}` : `service ${principal.name}`
  }
}

/**
 * The name under which the broker keeps a client's session. It contains the credential's owner, so that no choice of
 * client id can reach another owner's session, queue or connection, not even `pod-1` connecting as `pod-1-a` when
 * there is a device `pod-1-a`.
 */
export function sessionKey(principal: BrokerPrincipal, clientId: string): string {
  return principal.kind === 'device'
    ? `${deviceSessions(principal.orgId, principal.deviceId)}${clientId}`
    : `service/${encodeURIComponent(principal.name)}/${clientId}`
}

/** What every session key of the device starts with. */
export function deviceSessions(orgId: string, deviceId: string): string {
  return `device/${encodeURIComponent(orgId)}/${encodeURIComponent(deviceId)}/`
}

/** The part of a session key that names its owner: its first three levels, and the slash after them. */
export function ownerOf(key: string): string {
  const second = key.indexOf('/', key.indexOf('/') + 1)
  return key.slice(0, key.indexOf('/', second + 1) + 1)
}

/**
 * See {@link isClientIdOf}; a clean session may leave the choice to the broker. Where any other is accepted, it is still
 * one of its owner's sessions only: see {@link sessionKey}.
 */
export function isOwnClientId(principal: BrokerPrincipal, clientId: string): boolean {
  if (principal.kind === 'service' || clientId === '') return true
  return principal.acceptsAnyClientId === true || isClientIdOf(principal.deviceId, clientId)
}

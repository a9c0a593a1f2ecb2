/**
 * The broker port: what Fleetloom needs of an MQTT broker, embedded or external.
 *
 * The broker knows connections and topics; who may do what, and what becomes of a publish, is decided by the
 * {@link BrokerGate} that the platform hands to it.
 */

/** Who is on the other end of an MQTT connection, as far as access rules are concerned. */
export type BrokerPrincipal =
  | {
      readonly kind: 'device'
      readonly orgId: string
      readonly deviceId: string
      readonly classKey: string
      readonly acceptsAnyClientId?: boolean
    }
  | {
      readonly kind: 'service'
      readonly name: string
      /** It leaves no session behind. */
      readonly isPassing?: boolean
    }

/** A principal as a broker may keep it on disk: who it was, and nothing that a gate keeps with it. */
export type StoredPrincipal =
  | { readonly kind: 'device'; readonly orgId: string; readonly deviceId: string }
  | { readonly kind: 'service'; readonly name: string }

/** What a client presented when it connected. */
export interface ConnectRequest {
  readonly clientId: string
  readonly username: string | undefined
  readonly password: Uint8Array | undefined
  /** Of a client certificate that the listener has verified: SHA-256 as `AA:BB:…`. */
  readonly certificate256?: string | undefined
  /** Remote address without port, for throttling and audit. */
  readonly address: string
}

export type ConnectDecision =
  | { readonly kind: 'accepted'; readonly principal: BrokerPrincipal }
  /** Refused with CONNACK 4 (bad credentials) or 5 (not authorised); `reason` goes to the log only. */
  | { readonly kind: 'refused'; readonly code: 4 | 5; readonly reason: string }

/** A publish as it arrived from a device. `payload` may be kept: the broker does not reuse its memory. */
export interface InboundPublish {
  readonly principal: BrokerPrincipal
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1 | 2
  /** As the device sent it, whatever became of it. */
  readonly retain: boolean
}

/**
 * The verdict on where a publish goes. A retain flag is honoured only where `retain` is true; else the broker takes it
 * off, so that nobody plants a retained message by accident of the gate.
 */
export type PublishDecision =
  /** On to the uplink stream; acknowledged once `BrokerGate.uplink` says that it is durable. Subscribers get it too. */
  | { readonly kind: 'uplink'; readonly retain?: boolean }
  /** Plain MQTT: delivered to subscribers only. */
  | { readonly kind: 'relay'; readonly retain?: boolean }
  /**
   * A question: delivered to nobody, and acknowledged when the answer is on its way to the connection that asked, if that
   * has subscribed to the answer's topic. No last will can ask. Of an external broker nothing can.
   */
  | { readonly kind: 'asked'; readonly answer: (payload: Uint8Array) => Promise<Answer> }
  /** Acknowledged, and nothing more: neither kept nor delivered. */
  | { readonly kind: 'ignored' }
  /** Not allowed: the connection is closed (MQTT 3.1.1, 3.3.5) and `reason` is logged. */
  | { readonly kind: 'refused'; readonly reason: string }

export interface Answer {
  readonly topic: string
  readonly payload: string
}

/** Decides and records; called on the hot path, so everything but `connect` is synchronous. Must not throw. */
export interface BrokerGate {
  connect(request: ConnectRequest): Promise<ConnectDecision>
  publish(principal: BrokerPrincipal, topic: string, payloadBytes: number, retain: boolean): PublishDecision
  /** `pattern` is a topic filter; wildcards, `$SYS` and `$share` are the gate's to judge. */
  maySubscribe(principal: BrokerPrincipal, pattern: string): boolean
  mayReceive(principal: BrokerPrincipal, topic: string): boolean
  /**
   * Takes a publish into the uplink stream. `done()` is called when it is durable; until then the broker does not
   * acknowledge and, by not reading on, slows the device down. `done(error)` closes the connection unacknowledged.
   */
  uplink(publish: InboundPublish, done: (error?: Error) => void): void
  /**
   * The short way of what a device does nearly always, a QoS 1 publish on the topic of its last one: `publish` and
   * `uplink` in one where nothing has changed since. False where that is not so, and nothing is taken.
   */
  uplinkAgain(
    principal: BrokerPrincipal,
    topic: string,
    payload: Buffer,
    done: (error?: Error) => void,
  ): boolean
  /**
   * Who publishes on this topic, for brokers that do not say so and whose access rules see to it that nobody else does;
   * undefined where it is no topic of a registered client.
   */
  publisherOf(topic: string): BrokerPrincipal | undefined
  /**
   * The principal that a broker kept on disk for a connection that is no more, as this gate gives it to connections;
   * undefined where there is no such client any more. What comes back from disk is only data until it went through here.
   */
  recall(stored: StoredPrincipal): BrokerPrincipal | undefined
  /** Once for each connection: a device may hold several (`{deviceId}/a`, `{deviceId}/b`), so count them. */
  connected(principal: BrokerPrincipal): void
  /** `clean` is false when the connection broke without DISCONNECT (keepalive ran out, socket reset). */
  disconnected(principal: BrokerPrincipal, clean: boolean): void
  /**
   * A refusal worth a log line and a metric: what was tried, by whom. `done()` is called when the publish, if there is
   * one, is safe among the dead letters.
   */
  refused(event: Refusal, done?: (error?: Error) => void): void
}

export interface Refusal {
  readonly action: 'connect' | 'publish' | 'subscribe'
  readonly detail: string
  readonly who: string
  /** What was refused, for the dead letters, where it was a publish on a topic that is not the client's. */
  readonly publish?: RefusedPublish
}

export interface RefusedPublish extends Omit<InboundPublish, 'principal'> {
  /** Undefined where nobody knows who sent it. */
  readonly principal: BrokerPrincipal | undefined
}

export interface OutboundPublish {
  readonly topic: string
  readonly payload: string | Uint8Array
  readonly qos: 0 | 1
  readonly retain?: boolean
  /** Who has not got it so long after it was published does not get it; for good if absent. */
  readonly expiryMs?: number
}

export interface BrokerStatistics {
  /** Of devices; of an external broker, whether we are connected to it. */
  readonly connections: number
  readonly subscriptions: number
}

export interface Broker {
  /**
   * Resolves when the broker has taken responsibility for the message (queued durably for offline sessions).
   * @throws Unavailable while an external broker cannot be reached or does not answer; it may have taken it all the same
   */
  publish(message: OutboundPublish): Promise<void>
  /**
   * Closes every connection of the device at once, for a revoked credential or a deleted device. An external broker is
   * not ours to command: there the device is refused as soon as the broker asks, or reads its files, again.
   */
  disconnect(deviceId: string): Promise<void>
  statistics(): BrokerStatistics
  /** Undefined while devices can be heard; else what is in the way, for readiness, metrics and logs. */
  readonly trouble: Error | undefined
  /** Stops accepting, closes the connections, releases the files. */
  close(): Promise<void>
}

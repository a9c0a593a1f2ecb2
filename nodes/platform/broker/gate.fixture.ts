/** A gate as strict as the platform's, over a fixed fleet, for tests of broker adapters. */
import type {
  BrokerGate,
  BrokerPrincipal,
  ConnectDecision,
  ConnectRequest,
  InboundPublish,
  PublishDecision,
  Refusal,
  StoredPrincipal,
} from './port.ts'

export class FixtureGate implements BrokerGate {
  readonly uplinks: InboundPublish[] = []
  readonly refusals: Refusal[] = []
  readonly presence: string[] = []
  readonly #revoked = new Set<string>()
  /** What becomes of an uplink; durable at once unless a test says otherwise. */
  onUplink: (publish: InboundPublish, done: (error?: Error) => void) => void = (_publish, done) => done()
  onRefused: (event: Refusal) => void = () => undefined
  onPresence: (event: string) => void = () => undefined
  /** Awaited before a connection is decided on. */
  beforeConnect: () => Promise<void> = () => Promise.resolve()

  revoke(deviceId: string): void {
    this.#revoked.add(deviceId)
  }

  /** User `org/device` with password `secret`; or `service/<name>`. A device `any-…` may call itself anything. */
  async connect({ username = '', password }: ConnectRequest): Promise<ConnectDecision> {
    const [owner = '', name = ''] = username.split('/')
    const revoked = this.#revoked.has(name)
    await this.beforeConnect()
    if (password === undefined || Buffer.from(password).toString() !== 'secret' || name === '' || revoked) {
      return { kind: 'refused', code: 4, reason: 'bad credentials' }
    }
    if (owner === 'service') return { kind: 'accepted', principal: { kind: 'service', name } }
    const device = { kind: 'device', orgId: owner, deviceId: name, classKey: 'monitor' } as const
    return {
      kind: 'accepted',
      principal: name.startsWith('any-') ? { ...device, acceptsAnyClientId: true } : device,
    }
  }

  publish(principal: BrokerPrincipal, topic: string, payloadBytes: number, retain: boolean): PublishDecision {
    if (principal.kind === 'service') return { kind: 'relay', retain: true }
    const own = ownTopics(principal)
    if (this.#revoked.has(principal.deviceId)) return { kind: 'refused', reason: 'revoked' }
    if (topic === `${own}/telemetry` || topic === `${own}/lifecycle`) return { kind: 'uplink' }
    if (topic === `${own}/state`) return { kind: 'uplink', retain: true }
    if (topic.startsWith(`${own}/chat`)) return { kind: 'relay' }
    if (topic === `${own}/noise`) return { kind: 'ignored' }
    if (topic === `${own}/planted`) {
      return retain ? { kind: 'refused', reason: 'may not retain' } : { kind: 'relay' }
    }
    return { kind: 'refused', reason: `not a topic of this device (${payloadBytes} bytes)` }
  }

  maySubscribe(principal: BrokerPrincipal, pattern: string): boolean {
    return principal.kind === 'service' || pattern.startsWith(`${ownTopics(principal)}/`)
  }

  mayReceive(principal: BrokerPrincipal, topic: string): boolean {
    if (principal.kind === 'service') return true
    return topic.startsWith(`${ownTopics(principal)}/`) && !this.#revoked.has(principal.deviceId)
  }

  uplink(publish: InboundPublish, done: (error?: Error) => void): void {
    this.uplinks.push(publish)
    this.onUplink(publish, done)
  }

  uplinkAgain(
    principal: BrokerPrincipal,
    topic: string,
    payload: Buffer,
    done: (error?: Error) => void,
  ): boolean {
    if (this.publish(principal, topic, payload.length, false).kind !== 'uplink') return false
    this.uplink({ principal, topic, payload, qos: 1, retain: false }, done)
    return true
  }

  connected(principal: BrokerPrincipal): void {
    this.#seen(`${name(principal)} connected`)
  }

  disconnected(principal: BrokerPrincipal, clean: boolean): void {
    this.#seen(`${name(principal)} ${clean ? 'disconnected' : 'broke'}`)
  }

  /** `org/<org>/device/<device>/…` belongs to that device of a fleet that has every device but `ghost`. */
  publisherOf(topic: string): BrokerPrincipal | undefined {
    const [, orgId, deviceId] = /^org\/([^/]+)\/device\/([^/]+)\//.exec(topic) ?? []
    return orgId === undefined || deviceId === undefined || deviceId === 'ghost'
      ? undefined
      : { kind: 'device', orgId, deviceId, classKey: 'monitor' }
  }

  recall(stored: StoredPrincipal): BrokerPrincipal {
    return stored.kind === 'device' ? { ...stored, classKey: 'monitor' } : stored
  }

  refused(event: Refusal, done?: (error?: Error) => void): void {
    this.refusals.push(event)
    this.onRefused(event)
    done?.()
  }

  #seen(event: string): void {
    this.presence.push(event)
    this.onPresence(event)
  }
}

const name = (principal: BrokerPrincipal): string =>
  principal.kind === 'device' ? principal.deviceId : principal.name

const ownTopics = ({ orgId, deviceId }: BrokerPrincipal & { readonly kind: 'device' }): string =>
  `org/${orgId}/device/${deviceId}`

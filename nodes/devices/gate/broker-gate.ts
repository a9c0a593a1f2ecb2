import { type BrokerAccess, maySubscribe, publishChannel } from '../broker-access.ts'
import type { DeviceDirectory } from '../directory.ts'
import { channelOf, connectionTopic, type DeviceRecord, routeOf } from '../device.ts'
import type { Newcomers } from '../newcomers.ts'
import type {
  BrokerGate,
  BrokerPrincipal,
  ConnectDecision,
  ConnectRequest,
  InboundPublish,
  PublishDecision,
  Refusal,
  RefusedPublish,
  StoredPrincipal,
} from '../../platform/broker/port.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Route } from '../../platform/stream/port.ts'

/** Where what a device sends goes: `done` once it is durable, or with what was in the way. */
export interface GateIntake {
  accept(route: Route, data: Uint8Array, done: (error?: Error) => void): void
}

/** A publish that is none of the device's business, with all that is needed to look at it later. */
export interface RefusedUplink {
  readonly orgId: string
  readonly deviceId: string
  readonly topic: string
  readonly reason: 'foreign-topic' | 'unknown-device'
  readonly detail: string
  readonly payload: Uint8Array<ArrayBuffer>
  readonly receivedAt: number
  /** It never got into the stream. */
  readonly offset: ''
  readonly index: 0
}

/** Where it is kept; resolves when it is durable. */
export interface RefusedUplinks {
  put(refused: readonly RefusedUplink[]): Promise<void>
}
import { ConnectedDevice } from './connected-device.ts'
import { OtherTopics } from './other-topics.ts'
import { TopicTemplates } from './topic-templates.ts'

export interface GateParts {
  readonly access: BrokerAccess
  readonly clock: Clock
  readonly deadLetters: RefusedUplinks
  readonly directory: DeviceDirectory
  readonly intake: GateIntake
  /** Where it goes that a device came or went; `intake` by default. */
  readonly connections?: GateIntake
  readonly log: Logger
  readonly newcomers: Pick<Newcomers, 'admit' | 'expected' | 'note'>
  /** What it adds to. */
  readonly counts: { deadLetters: number; messagesIgnored: number; publishesRefused: number }
}

const online = Buffer.from('{"status":"online"}')
const offline = Buffer.from('{"status":"offline"}')
const refused: PublishDecision = { kind: 'refused', reason: 'not a topic of this device' }
const uplink: PublishDecision = { kind: 'uplink' }
const retainedUplink: PublishDecision = { kind: 'uplink', retain: true }
const nothing = (): void => undefined
const gone = new Error('the device was removed')
/** Publishers kept at hand for an external broker: more than a large fleet has topics. */
const maxPublishers = 200_000

/** Rules of the broker, from the device registry: a device has its class's topics with its own id, no more. */
export class RegistryGate implements BrokerGate {
  readonly #parts: GateParts
  readonly #connections = new Map<string, number>()
  readonly #publishers = new Map<string, ConnectedDevice>()
  readonly #templates: TopicTemplates
  readonly #others: OtherTopics

  constructor(parts: GateParts) {
    this.#parts = parts
    this.#templates = new TopicTemplates(parts.directory)
    this.#others = new OtherTopics({ ...parts, templates: this.#templates })
  }

  /** Devices with a connection right now, for telling silence from absence. */
  isConnected(deviceId: string): boolean {
    return this.#connections.has(deviceId)
  }

  connectedDevices(): Iterable<string> {
    return this.#connections.keys()
  }

  async connect({ certificate256, username, password }: ConnectRequest): Promise<ConnectDecision> {
    const { access } = this.#parts
    const certified =
      certificate256 === undefined ? undefined : access.admitByCertificate(certificate256, username)
    const admission = certified ?? (await access.admit(username, password))
    return admission.kind === 'refused'
      ? admission
      : { kind: 'accepted', principal: new ConnectedDevice(admission.record) }
  }

  publish(
    principal: BrokerPrincipal,
    topic: string,
    _payloadBytes: number,
    retain: boolean,
  ): PublishDecision {
    const record = this.#recordOf(principal)
    if (record === undefined || !(principal instanceof ConnectedDevice)) return refused
    if (topic !== principal.lastTopic) {
      const channel = publishChannel(record, topic)
      if (channel === undefined) return this.#others.decide(principal, record, topic, retain)
      if (channel === 'lifecycle') return retain ? retainedUplink : uplink
      principal.lastTopic = topic
      principal.lastRoute = routeOf(record, topic)
    }
    return uplink
  }

  maySubscribe(principal: BrokerPrincipal, pattern: string): boolean {
    const record = this.#recordOf(principal)
    return (
      record !== undefined &&
      (record.deviceClass.subscriptions === 'any' ||
        maySubscribe(record, pattern) ||
        this.#others.isCommandOfChild(record, pattern))
    )
  }

  mayReceive(principal: BrokerPrincipal, topic: string): boolean {
    const record = this.#recordOf(principal)
    return (
      record !== undefined &&
      (record.commandTopics.includes(topic) || this.#others.isCommandOfChild(record, topic))
    )
  }

  uplink(publish: InboundPublish, done: (error?: Error) => void): void {
    const { principal, topic } = publish
    const record = this.#recordOf(principal)
    const isSame = principal instanceof ConnectedDevice && topic === principal.lastTopic
    const own = isSame ? principal.lastRoute : record && routeOf(record, topic)
    if (own !== undefined) this.#parts.intake.accept(own, publish.payload, done)
    else if (record === undefined || !(principal instanceof ConnectedDevice)) done(gone)
    else this.#uplinkForOther(principal, record, publish, done)
  }

  uplinkAgain(
    principal: BrokerPrincipal,
    topic: string,
    payload: Buffer,
    done: (error?: Error) => void,
  ): boolean {
    if (!(principal instanceof ConnectedDevice)) return false
    // Forgets the last topic where anything has changed.
    this.#recordOf(principal)
    const { lastRoute, lastTopic } = principal
    if (topic !== lastTopic || lastRoute === undefined) return false
    this.#parts.intake.accept(lastRoute, payload, done)
    return true
  }

  /** For a child, or for one that comes by this message. */
  #uplinkForOther(
    principal: ConnectedDevice,
    record: DeviceRecord,
    { payload, topic }: InboundPublish,
    done: (error?: Error) => void,
  ): void {
    const route = this.#others.routeOf(principal, topic)
    if (route !== undefined) return this.#parts.intake.accept(route, payload, done)
    const coming = this.#others.coming(principal, record, topic)
    if (coming === undefined) done(gone)
    else void this.#uplinkOfNewcomer(coming, payload, done)
  }

  async #uplinkOfNewcomer(
    coming: Promise<Route | undefined>,
    payload: Buffer,
    done: (error?: Error) => void,
  ): Promise<void> {
    let route: Route | undefined
    try {
      route = await coming
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)))
    }
    if (route !== undefined) return this.#parts.intake.accept(route, payload, done)
    this.#parts.counts.messagesIgnored += 1
    done()
  }

  recall(stored: StoredPrincipal): BrokerPrincipal | undefined {
    if (stored.kind === 'service') return stored
    const record = this.#parts.directory.lookup(stored.deviceId)
    return record?.orgId === stored.orgId ? new ConnectedDevice(record) : undefined
  }

  connected(principal: BrokerPrincipal): void {
    if (principal.kind !== 'device') return
    const before = this.#connections.get(principal.deviceId) ?? 0
    this.#connections.set(principal.deviceId, before + 1)
    if (before === 0) this.#noteConnection(principal.deviceId, online)
  }

  disconnected(principal: BrokerPrincipal): void {
    if (principal.kind !== 'device') return
    const left = (this.#connections.get(principal.deviceId) ?? 1) - 1
    if (left > 0) this.#connections.set(principal.deviceId, left)
    else {
      this.#connections.delete(principal.deviceId)
      this.#noteConnection(principal.deviceId, offline)
    }
  }

  publisherOf(topic: string): BrokerPrincipal | undefined {
    const known = this.#publishers.get(topic)
    const record = known && this.#recordOf(known)
    if (record !== undefined && channelOf(record, topic) !== undefined) return known
    const publisher = this.#onlyPublisherOf(topic)
    if (this.#publishers.size >= maxPublishers) this.#publishers.clear()
    if (publisher === undefined) this.#publishers.delete(topic)
    else this.#publishers.set(topic, publisher)
    return publisher
  }

  /** Whose topic it is; else the one device that it names, to be refused. Where several could be meant, nobody. */
  #onlyPublisherOf(topic: string): ConnectedDevice | undefined {
    const named = new Map<string, DeviceRecord>()
    for (const { address } of this.#templates.publisherNamedBy(topic))
      for (const record of this.#parts.directory.byAddress(address)) named.set(record.device.id, record)
    const owners = [...named.values()].filter((record) => channelOf(record, topic) !== undefined)
    const [meant, ...others] = owners.length > 0 ? owners : named.values()
    return meant === undefined || others.length > 0 ? undefined : new ConnectedDevice(meant)
  }

  refused({ publish, ...event }: Refusal, kept: (error?: Error) => void = nothing): void {
    this.#parts.counts.publishesRefused += 1
    this.#parts.log.warn(event, 'broker refused')
    // Of a device's own connection it was noted when it was refused.
    if (publish !== undefined && publish.principal === undefined) this.#parts.newcomers.note(publish.topic)
    const reject = publish && this.#rejectOf(publish)
    if (reject === undefined) kept()
    else void this.#keep(reject).then(kept)
  }

  /** Resolves with what was in the way. */
  async #keep(reject: RefusedUplink): Promise<Error | undefined> {
    const { counts, deadLetters, log } = this.#parts
    try {
      await deadLetters.put([reject])
    } catch (error) {
      log.error({ err: error }, 'a refused publish could not be kept')
      return error instanceof Error ? error : new Error(String(error))
    }
    counts.deadLetters += 1
    return undefined
  }

  /** The dead letter for it, or undefined where it names no organization that it could be kept for. */
  #rejectOf({ principal, topic, payload }: RefusedPublish): RefusedUplink | undefined {
    const owner =
      principal?.kind === 'device'
        ? { orgId: principal.orgId, deviceId: principal.deviceId }
        : this.#ownerBy(topic)
    if (owner?.orgId === undefined) return undefined
    const isRegistered = this.#parts.directory.lookup(owner.deviceId)?.device.isEnabled === true
    return {
      orgId: owner.orgId,
      deviceId: owner.deviceId,
      topic,
      reason: isRegistered ? 'foreign-topic' : 'unknown-device',
      detail: isRegistered
        ? `${topic.slice(0, 500)} is not a topic of this device`
        : 'there is no such device, or it is disabled',
      payload: new Uint8Array(payload),
      receivedAt: this.#parts.clock.nowMs(),
      offset: '',
      index: 0,
    }
  }

  /** The organization that the topic names, and its device, or what stands for one. */
  #ownerBy(topic: string): { readonly orgId: string | undefined; readonly deviceId: string } | undefined {
    const named = this.#templates
      .publisherNamedBy(topic)
      .find(({ orgId }) => orgId !== undefined && this.#hasDevices(orgId))
    const owned = this.#parts.directory
      .byAddress(named?.address ?? '')
      .find((record) => record.orgId === named?.orgId)
    return named && { orgId: named.orgId, deviceId: owned?.device.id ?? named.address }
  }

  #hasDevices(orgId: string): boolean {
    for (const record of this.#parts.directory.all()) if (record.orgId === orgId) return true
    return false
  }

  #recordOf(principal: BrokerPrincipal): DeviceRecord | undefined {
    if (!(principal instanceof ConnectedDevice)) return undefined
    const { directory } = this.#parts
    if (principal.revision !== directory.revision) {
      const record = directory.lookup(principal.deviceId)
      principal.record = record?.device.isEnabled === true ? record : undefined
      principal.revision = directory.revision
      principal.otherTopics = undefined
      principal.lastTopic = undefined
    }
    return principal.record
  }

  /** Goes down the same stream as what the device sends, so that both are seen in the order in which they happened. */
  #noteConnection(deviceId: string, data: Buffer): void {
    const route = this.#parts.directory.lookup(deviceId)?.topics.get(connectionTopic)?.route
    if (route !== undefined) (this.#parts.connections ?? this.#parts.intake).accept(route, data, nothing)
  }
}

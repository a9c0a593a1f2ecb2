import { isClientIdOf } from '../platform/broker/client-id.ts'
import type { Secrets } from '../platform/secrets.ts'
import { type Channel } from './device-class.ts'
import { channelOf, connectionTopic, type DeviceRecord } from './device.ts'
import type { DeviceDirectory } from './directory.ts'
import { filterOf } from './topics.ts'

/*
 * What a device may do at a broker, ours or another: its class's topics with its own id, no more. The gate of the broker
 * in the process, the answers to another broker's questions and the files for Mosquitto all come from these rules.
 */

/** The channel on which a device publishes by this topic; undefined where it may not. */
export const publishChannel = (record: DeviceRecord, topic: string): Channel | undefined =>
  topic === connectionTopic ? undefined : channelOf(record, topic)

/** A device subscribes to its commands, in just these words. */
export const maySubscribe = (record: DeviceRecord, filter: string): boolean =>
  record.commandTopics.includes(filter)

export const isChildOf = (child: DeviceRecord, gateway: DeviceRecord): boolean =>
  child.orgId === gateway.orgId && child.device.gateway === gateway.device.id && child.device.isEnabled

export interface GrantedTopics {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** Everything that the rules above let a device do. */
export const topicsOf = (record: DeviceRecord): GrantedTopics => ({
  publish: [
    ...[...record.topics.keys()].filter((topic) => topic !== connectionTopic),
    ...record.patterns.map(({ topic }) => filterOf(topic)),
  ],
  subscribe: record.commandTopics,
})

/** The user name of a device's first contact, with a provisioning key's secret for a password. */
export const provisioningUser = 'provision'

export type Admission =
  | { readonly kind: 'admitted'; readonly record: DeviceRecord }
  /** With the code of CONNACK (MQTT 3.1.1): 4 bad credentials, 5 not authorised. */
  | { readonly kind: 'refused'; readonly code: 4 | 5; readonly reason: string }

export interface AccessParts {
  readonly directory: Pick<DeviceDirectory, 'byCertificate' | 'childrenOf' | 'lookup'>
  readonly secrets: Pick<Secrets, 'isDevicePassword' | 'isSame'>
  /** The platform's own user at a broker that is not ours. */
  readonly account?: { readonly username: string; readonly password: string } | undefined
}

/** Who may connect, and what they may do then. */
export class BrokerAccess {
  readonly #parts: AccessParts

  constructor(parts: AccessParts) {
    this.#parts = parts
  }

  async admit(username: string | undefined, password: string | Uint8Array | undefined): Promise<Admission> {
    const { directory, secrets } = this.#parts
    const record = username === undefined ? undefined : directory.lookup(username)
    if (username !== undefined && this.isPlatform(username))
      return { kind: 'refused', code: 4, reason: 'the platform’s own name' }
    if (record === undefined || password === undefined)
      return { kind: 'refused', code: 4, reason: 'unknown device or no password' }
    if (!(await secrets.isDevicePassword(password, record.device.credential)))
      return { kind: 'refused', code: 4, reason: 'wrong password' }
    if (!record.device.isEnabled) return { kind: 'refused', code: 5, reason: 'the device is disabled' }
    return { kind: 'admitted', record }
  }

  /**
   * By a client certificate that the listener has verified. Undefined where it is bound to no device: then something else has
   * to prove who it is. The user name may be left out.
   */
  admitByCertificate(fingerprint256: string, username: string | undefined): Admission | undefined {
    const record = this.#parts.directory.byCertificate(fingerprint256)
    if (record === undefined) return undefined
    if (username !== undefined && username !== '' && username !== record.device.id)
      return { kind: 'refused', code: 4, reason: 'the certificate is another device’s' }
    return record.device.isEnabled
      ? { kind: 'admitted', record }
      : { kind: 'refused', code: 5, reason: 'the device is disabled' }
  }

  /** Of a device that shows its password elsewhere, such as by HTTP. */
  async ownerOf(deviceId: string, password: string): Promise<{ readonly orgId: string } | undefined> {
    const { directory, secrets } = this.#parts
    const record = directory.lookup(deviceId)
    return record?.device.isEnabled === true &&
      (await secrets.isDevicePassword(password, record.device.credential))
      ? { orgId: record.orgId }
      : undefined
  }

  isPlatform(username: string): boolean {
    return username === this.#parts.account?.username
  }

  /**
   * Names that a device cannot have: the platform's user at a broker of one's own, and what its processes call their
   * sessions there. Whoever had them would be taken for it.
   */
  isReserved(deviceId: string): boolean {
    return (
      this.isPlatform(deviceId) ||
      deviceId === provisioningUser ||
      deviceId === 'fleetloom' ||
      deviceId.startsWith('fleetloom-')
    )
  }

  /** Another broker's question whether somebody may connect. */
  async mayConnect(username: string, password: string, clientId: string): Promise<boolean> {
    const { account, secrets } = this.#parts
    if (account !== undefined && this.isPlatform(username)) return secrets.isSame(password, account.password)
    const admission = await this.admit(username, password)
    return admission.kind === 'admitted' && isClientIdOf(username, clientId)
  }

  /** Another broker's question what somebody who has connected may do, by what the registry says now. */
  mayUse(username: string, action: 'publish' | 'subscribe', topic: string): boolean {
    if (this.isPlatform(username)) return true
    const { directory } = this.#parts
    const record = directory.lookup(username)
    if (record?.device.isEnabled !== true) return false
    const children = directory.childrenOf(username).filter((child) => isChildOf(child, record))
    return [record, ...children].some((one) => mayDo(one, action, topic))
  }
}

const mayDo = (record: DeviceRecord, action: 'publish' | 'subscribe', topic: string): boolean =>
  action === 'publish' ? publishChannel(record, topic) !== undefined : maySubscribe(record, topic)

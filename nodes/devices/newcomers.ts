import { type AuditScope, whileAudited } from '../platform/kit/audit/scope.ts'
import type { Logger } from '../platform/logger.ts'
import { Turns } from '../platform/kit/turns.ts'
import type { Secrets } from '../platform/secrets.ts'
import { isChildOf } from './broker-access.ts'
import { type ChildrenPolicy, childrenPolicyOf } from './children-policy.ts'
import type { CreatedDevice, DeviceComing, WantedDevice } from './create-device.ts'
import type { DeviceRecord } from './device.ts'
import type { DeviceDirectory } from './directory.ts'
import { type GatewayTurnParts, inTurnOfGateway } from './gateway-turn.ts'
import { type Stranger, strangerBy } from './strangers.ts'
import type { UnknownSenders } from './unknown-senders.ts'

export interface NewcomersParts extends Omit<GatewayTurnParts, 'newId'> {
  readonly secrets: Pick<Secrets, 'newId'>
  readonly directory: DeviceDirectory
  readonly senders: Pick<UnknownSenders, 'note'>
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly createDevice: (orgId: string, wanted: WantedDevice, coming: DeviceComing) => Promise<CreatedDevice>
}

/** Who publishes, or is published for, without being registered: brought along by its gateway, or noted. */
export class Newcomers {
  readonly #parts: NewcomersParts
  /** Of each gateway that brings somebody along, one after the other, so that its limit holds. */
  readonly #turns = new Turns()
  #organizations: ReadonlySet<string> = new Set()
  #revision = -1

  constructor(parts: NewcomersParts) {
    this.#parts = parts
  }

  /** Whom the gateway may bring along by publishing on this topic, which is nobody's yet. */
  expected(gateway: DeviceRecord, topic: string): Stranger | undefined {
    const policy = childrenPolicyOf(gateway)
    const deviceClass = policy && this.#parts.directory.deviceClass(gateway.orgId, policy.classKey)
    return deviceClass && strangerBy([deviceClass], gateway.orgId, topic)
  }

  /** The child as it is registered now; undefined where it may not come, and then it is noted. @throws StoreUnavailable */
  admit(gateway: DeviceRecord, stranger: Stranger, topic: string): Promise<DeviceRecord | undefined> {
    const { id } = gateway.device
    return this.#turns.take(id, () => this.#admit(id, stranger, topic))
  }

  /** Somebody was heard of whom nobody knows, published by this device or by who knows whom. */
  note(topic: string, by?: DeviceRecord): void {
    const { directory, senders } = this.#parts
    const orgId = by?.orgId ?? this.#organizationOf(topic)
    if (orgId === undefined) return
    const stranger = strangerBy(directory.classes(orgId), orgId, topic)
    if (stranger !== undefined) senders.note(orgId, { ...stranger, topic, gatewayId: by?.device.id ?? '' })
  }

  async #admit(gatewayId: string, stranger: Stranger, topic: string): Promise<DeviceRecord | undefined> {
    const { createDevice, directory, log, secrets } = this.#parts
    const gateway = directory.lookup(gatewayId)
    const policy = gateway && childrenPolicyOf(gateway)
    if (gateway === undefined || policy === undefined) return undefined
    const { address } = stranger
    const there = directory
      .byAddress(address)
      .find((record) => isChildOf(record, gateway) && record.device.classKey === policy.classKey)
    if (there !== undefined) return there
    const { orgId } = gateway
    // What this process knows is enough to say no; others may know of more.
    if (directory.childrenOf(gatewayId).length < policy.limit) {
      const wanted = childOf(gateway, address, policy)
      const turn = { ...this.#parts, newId: () => secrets.newId() }
      const created = await inTurnOfGateway<Brought>(turn, { orgId, gatewayId }, (children) =>
        children < policy.limit
          ? whileAudited(broughtBy(gateway), () => createDevice(orgId, wanted, { how: 'first-sight' }))
          : limitReached,
      )
      if (created?.kind === 'created') {
        log.info({ gateway: gatewayId, device: created.record.device.id }, 'a child came at first sight')
        return created.record
      }
      const reason = created?.kind ?? 'no-turn'
      if (reason !== 'limit-reached')
        log.warn({ gateway: gatewayId, address, reason }, 'a child could not be registered')
    }
    this.note(topic, gateway)
    return undefined
  }

  /** Whose it can only be: of the organization that the topic names, or of the only one that has such a class. */
  #organizationOf(topic: string): string | undefined {
    const { directory } = this.#parts
    const meant = [...this.#organizationsNow()].filter((orgId) =>
      directory
        .classes(orgId)
        .some((each) => !directory.isShipped(each.key) && strangerBy([each], orgId, topic) !== undefined),
    )
    if (meant.length > 0) return meant.length === 1 ? meant[0] : undefined
    const named = [...this.#organizationsNow()].filter(
      (orgId) => strangerBy(directory.shippedClasses(), orgId, topic) !== undefined,
    )
    return named.length === 1 ? named[0] : undefined
  }

  #organizationsNow(): ReadonlySet<string> {
    const { directory } = this.#parts
    if (this.#revision !== directory.revision) {
      this.#organizations = new Set([...directory.all()].map(({ orgId }) => orgId))
      this.#revision = directory.revision
    }
    return this.#organizations
  }
}

type Brought = CreatedDevice | { readonly kind: 'limit-reached' }
const limitReached: Promise<Brought> = Promise.resolve({
  kind: 'limit-reached',
})

/** Nobody asked for it but the gateway, by what it has published. */
const broughtBy = ({ device, orgId }: DeviceRecord): AuditScope => ({
  actor: { kind: 'device', id: device.id },
  orgId,
  permission: 'modules:iot:devices:create',
  address: '',
  requestId: '',
})

const childOf = (
  { device: { id, zone } }: DeviceRecord,
  address: string,
  { classKey, tag }: ChildrenPolicy,
): WantedDevice => ({
  classKey,
  address,
  gateway: id,
  name: address.slice(0, 100),
  tags: tag === undefined ? [] : [tag],
  ports: [],
  isEnabled: true,
  ...(zone === undefined ? {} : { zone }),
})

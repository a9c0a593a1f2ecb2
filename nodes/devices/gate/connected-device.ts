import type { DeviceRecord } from '../device.ts'
import type { Stranger } from '../strangers.ts'
import type { Route } from '../../platform/stream/port.ts'

/** A topic that is not its own, and whose it is. */
export type OtherTopic =
  | { readonly kind: 'child'; readonly route: Route }
  /** A child's that may come. */
  | { readonly kind: 'newcomer'; readonly stranger: Stranger }
  | { readonly kind: 'somebodys' }
  | { readonly kind: 'nobodys' }

/**
 * A connected device, with its record at hand: a device publishes again and again on the topic it published on before,
 * and comparing two strings is cheaper than looking one up.
 */
export class ConnectedDevice {
  readonly kind = 'device'
  readonly orgId: string
  readonly deviceId: string
  readonly classKey: string
  readonly acceptsAnyClientId: boolean
  /** Hardly any device publishes on topics that are not its own. */
  otherTopics: Map<string, OtherTopic> | undefined
  revision = -1
  record: DeviceRecord | undefined
  lastTopic: string | undefined
  lastRoute: Route | undefined

  constructor({ orgId, device, deviceClass }: DeviceRecord) {
    this.orgId = orgId
    this.deviceId = device.id
    this.classKey = device.classKey
    this.acceptsAnyClientId = deviceClass.clientIds === 'any'
  }
}

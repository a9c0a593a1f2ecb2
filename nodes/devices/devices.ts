import type { Broker } from '../platform/broker/port.ts'
import type { Clock } from '../platform/clock.ts'
import type { EventRelay } from '../platform/kit/events/relay.ts'
import type { LatestValues } from '../platform/latest/port.ts'
import type { Logger } from '../platform/logger.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { SeriesStore } from '../platform/series/port.ts'
import type { Store } from '../platform/store/port.ts'
import type { BrokerAccess } from './broker-access.ts'
import { bindCertificate, type Bound } from './bind-certificate.ts'
import { type CreatedClass, createDeviceClass } from './create-device-class.ts'
import { deviceCollection } from './collections.ts'
import { DeviceRoom } from './device-room.ts'
import { createDevice, type CreatedDevice, type DeviceComing, type WantedDevice } from './create-device.ts'
import type { DeviceClass } from './device-class.ts'
import type { OtherTraces } from './device-traces.ts'
import type { StoreDeviceDirectory } from './directory.ts'
import { Newcomers } from './newcomers.ts'
import { removeDevice } from './remove-device.ts'
import { type RenewedPassword, renewPassword } from './renew-password.ts'
import { setEnabled } from './set-enabled.ts'
import type { ShownStates } from './shown-states.ts'
import { UnknownSenders } from './unknown-senders.ts'

/** What everything that has to do with devices works with. */
export interface Devices {
  readonly directory: StoreDeviceDirectory
  readonly states: ShownStates
  /** Who may do what at the broker, for one that asks. */
  readonly access: BrokerAccess
  /** What goes with a device, wherever it is kept. */
  readonly traces: OtherTraces
  createClass(orgId: string, wanted: Omit<DeviceClass, 'version'>): Promise<CreatedClass>
  /** `coming` where it had been heard of before, and others are to be told. */
  createDevice(orgId: string, wanted: WantedDevice, coming?: DeviceComing): Promise<CreatedDevice>
  readonly newcomers: Newcomers
  readonly unknownSenders: UnknownSenders
  /** Ends the old one, with its connections. */
  renewPassword(orgId: string, deviceId: string, chosen?: string): Promise<RenewedPassword>
  /** A disabled one is cut off at once, wherever it is connected. False where there is no such device. */
  setEnabled(orgId: string, deviceId: string, isEnabled: boolean): Promise<boolean>
  /** Binds the client certificate of this fingerprint, or none; connections that the one before has proved end. */
  bindCertificate(orgId: string, deviceId: string, fingerprint256: string | undefined): Promise<Bound>
  /** With its connection and its history; may be repeated until it resolves. False where there is no such device. */
  removeDevice(orgId: string, deviceId: string): Promise<boolean>
}

export interface DevicesParts {
  readonly broker: Pick<Broker, 'disconnect'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly latest: Pick<LatestValues, 'forget'>
  readonly log: Logger
  readonly relay: EventRelay
  readonly secrets: Secrets
  readonly series: Pick<SeriesStore, 'removeDevice'>
  readonly store: Store
  readonly directory: StoreDeviceDirectory
  readonly states: ShownStates
  readonly access: BrokerAccess
  readonly others: OtherTraces
  /** How many devices an organization may have; any number without. */
  readonly quotas?: { of(orgId: string): { readonly devices?: number | undefined } }
}

export function devicesOf(parts: DevicesParts): Devices {
  const unknownSenders = new UnknownSenders(parts)
  const room = new DeviceRoom()
  const withinQuota = async (orgId: string, run: () => Promise<CreatedDevice>): Promise<CreatedDevice> => {
    const limit = parts.quotas?.of(orgId).devices
    const count = (): Promise<number> =>
      parts.store.organization(orgId).collection(deviceCollection).count({ removedAt: null })
    const created = await room.within(orgId, limit, count, run)
    return created ?? { kind: 'too-many', limit: limit ?? 0 }
  }
  const create: Devices['createDevice'] = (orgId, wanted, coming) =>
    withinQuota(orgId, () => createDevice(parts, orgId, wanted, coming))
  return {
    directory: parts.directory,
    states: parts.states,
    access: parts.access,
    traces: parts.others,
    createClass: (orgId, wanted) => createDeviceClass(parts, orgId, wanted),
    createDevice: create,
    newcomers: new Newcomers({ ...parts, senders: unknownSenders, createDevice: create }),
    unknownSenders,
    renewPassword: (orgId, deviceId, chosen) => renewPassword(parts, orgId, deviceId, chosen),
    setEnabled: (orgId, deviceId, isEnabled) => setEnabled(parts, orgId, deviceId, isEnabled),
    bindCertificate: (orgId, deviceId, fingerprint) => bindCertificate(parts, orgId, deviceId, fingerprint),
    removeDevice: (orgId, deviceId) => removeDevice(parts, orgId, deviceId),
  }
}

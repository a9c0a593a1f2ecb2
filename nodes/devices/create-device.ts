import type { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { type EventBody, withEvents } from '../platform/kit/events/event.ts'
import type { EventRelay } from '../platform/kit/events/relay.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Store } from '../platform/store/port.ts'
import type { BrokerAccess } from './broker-access.ts'
import { deviceCollection, newDeviceDocument } from './collections.ts'
import { type Device, type DeviceRecord, deviceSchema, toDeviceRecord } from './device.ts'
import type { DeviceDirectory } from './directory.ts'
import { isBeingRemoved } from './remove-device.ts'
import { passwordFor, type PasswordParts } from './device-password.ts'
import { chosenPasswordSchema } from './password-rule.ts'
import { allTemplates, takenTopic } from './topic-clashes.ts'

export interface CreateDeviceParts {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly secrets: PasswordParts & Pick<Secrets, 'newId'>
  readonly store: Store
  readonly directory: DeviceDirectory
  readonly relay: Pick<EventRelay, 'offer'>
  readonly access: Pick<BrokerAccess, 'isReserved'>
}

export const wantedDeviceSchema = deviceSchema
  .omit({ certificate: true, credential: true, createdAt: true })
  .partial({ id: true })
  .extend({
    /** Its own, where it cannot be given one; see `password` of its class. */
    password: chosenPasswordSchema.optional(),
  })
export type WantedDevice = z.output<typeof wantedDeviceSchema>

/** How a device came that had been heard of before it was registered; others are told. */
export interface DeviceComing {
  readonly how: 'first-sight' | 'adopted'
}

export type CreatedDevice =
  | { readonly kind: 'created'; readonly record: DeviceRecord; readonly password: string }
  | { readonly kind: 'unknown-class' }
  | { readonly kind: 'port-twice' }
  | { readonly kind: 'reserved' }
  | { readonly kind: 'being-removed' }
  | { readonly kind: 'removed-meanwhile' }
  | { readonly kind: 'topic-taken' }
  | { readonly kind: 'id-taken' }
  | { readonly kind: 'serial-taken' }
  | { readonly kind: 'address-taken' }
  | { readonly kind: 'unknown-gateway' }
  | { readonly kind: 'weak-password'; readonly fault: string }
  | { readonly kind: 'too-many'; readonly limit: number }

const takenBy: Readonly<Record<string, 'serial-taken' | 'address-taken'>> = {
  serialNumber: 'serial-taken',
  address: 'address-taken',
}

const isTopicTaken = (directory: DeviceDirectory, record: DeviceRecord): boolean =>
  takenTopic(record, directory, allTemplates(directory.allClasses())) !== undefined

const comingOf = ({ classKey, gateway, id }: Device, { how }: DeviceComing): EventBody => ({
  type: 'DeviceAdopted',
  data: { deviceId: id, classKey, gatewayId: gateway ?? null, how },
})

/** Registers a device; its password is told this once. */
export async function createDevice(
  { access, clock, directory, relay, secrets, store }: CreateDeviceParts,
  orgId: string,
  wanted: WantedDevice,
  coming?: DeviceComing,
): Promise<CreatedDevice> {
  const deviceClass = directory.deviceClass(orgId, wanted.classKey)
  if (deviceClass === undefined) return { kind: 'unknown-class' }
  const ports = wanted.ports.map(({ port }) => port)
  if (new Set(ports).size < ports.length) return { kind: 'port-twice' }
  if (wanted.gateway !== undefined && directory.lookup(wanted.gateway)?.orgId !== orgId)
    return { kind: 'unknown-gateway' }
  const id = wanted.id ?? secrets.newId()
  if (access.isReserved(id)) return { kind: 'reserved' }
  const { password: chosen, ...described } = wanted
  const made = await passwordFor(secrets, id, deviceClass, chosen)
  if (made.kind === 'weak') return { kind: 'weak-password', fault: made.fault }
  const { credential, password } = made
  const device = {
    ...described,
    id,
    credential,
    createdAt: toIsoTime(clock.nowMs()),
  }
  if (await isBeingRemoved(store, id)) return { kind: 'being-removed' }
  if (isTopicTaken(directory, toDeviceRecord(orgId, device, deviceClass))) return { kind: 'topic-taken' }
  const documents = store.organization(orgId).collection(deviceCollection)
  const events = coming === undefined ? [] : [comingOf(device, coming)]
  const document = withEvents(newDeviceDocument(device), events, clock.nowMs())
  const inserted = await directory.changeDevice(orgId, id, () => documents.insert(document))
  if (inserted.kind === 'duplicate') return { kind: takenBy[inserted.key] ?? 'id-taken' }
  if (events.length > 0) relay.offer(deviceCollection, orgId, inserted.stored.document)
  const record = directory.lookup(id)
  if (record === undefined) return { kind: 'removed-meanwhile' }
  // Another may have been registered at the same time: each of the two sees the other by now, or the later one does.
  if (isTopicTaken(directory, record)) {
    await directory.changeDevice(orgId, id, () => documents.remove(id))
    return { kind: 'topic-taken' }
  }
  return { kind: 'created', record, password }
}

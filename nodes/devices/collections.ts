import { z } from 'zod'
import { eventFields, noEvents } from '../platform/kit/events/event.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'
import { dueAt, dueFields } from '../platform/kit/jobs/job.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { upcastClass } from './class-upcast.ts'
import { deviceClassSchema } from './device-class.ts'
import { type Device, deviceSchema } from './device.ts'

const storedClassSchema = deviceClassSchema.extend({ id: z.string() })

/** Classes of one organization; `id` is the class's key. The shipped classes are files, not documents. */
export const deviceClassCollection: CollectionSpec<z.output<typeof storedClassSchema>> = {
  name: 'device_classes',
  schema: storedClassSchema,
  version: 3,
  // Of version 2 some lack what has a default since, which the schema fills in.
  upcast: { 1: upcastClass, 2: (former) => former },
}

/** A device as it is kept: with when somebody has to see to its removal, and its events. */
export const deviceDocumentSchema = z.strictObject({
  ...deviceSchema.shape,
  /** Since then it is no device any more, and stays until its traces are gone; null for all others. */
  removedAt: z.iso.datetime().nullable(),
  ...dueFields,
  ...eventFields,
})
export type DeviceDocument = z.output<typeof deviceDocumentSchema>

export const newDeviceDocument = (device: Device): DeviceDocument => ({
  ...device,
  removedAt: null,
  ...dueAt(null),
  ...noEvents,
  // An id may be had again: events of the device that comes must not be taken for those of the one that went.
  eventSeq: parseIsoTime(device.createdAt),
})

/** The device that a document is about. */
export function deviceOf(document: DeviceDocument): Device {
  const { removedAt: _, dueAtMs: _due, failures: _failures, ...rest } = document
  const { eventSeq: _seq, pendingEvents: _pending, pendingSinceMs: _since, ...device } = rest
  return device
}

/** A change for `update`: what is being removed stays as it is. */
export const unlessRemoved =
  (change: (device: DeviceDocument) => DeviceDocument) =>
  (device: DeviceDocument): DeviceDocument =>
    device.removedAt === null ? change(device) : device

export const deviceCollection: CollectionSpec<DeviceDocument> = {
  name: 'devices',
  schema: deviceDocumentSchema,
  uniqueEverywhere: { id: ['id'], certificate: ['certificate.fingerprint256'] },
  unique: { serialNumber: ['serialNumber'], address: ['address', 'classKey'] },
  indexes: [['classKey'], ['name']],
  indexesEverywhere: [['dueAtMs'], ['pendingSinceMs']],
  location: 'location',
  audit: { isGone: ({ removedAt }) => removedAt !== null, without: ['removedAt'] },
  version: 2,
  upcast: { 1: (document) => newDeviceDocument(deviceSchema.parse(document)) },
}

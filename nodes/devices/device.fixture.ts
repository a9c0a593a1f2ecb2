import { upcastClass } from './class-upcast.ts'
import {
  canonicalTopics,
  type DeviceClass,
  type DeviceClassInput,
  deviceClassSchema,
} from './device-class.ts'
import { type Device, type DeviceRecord, deviceSchema, toDeviceRecord } from './device.ts'
import type { z } from 'zod'

/** In the form of now, or in that of version 1. */
export type ClassChanges =
  | Partial<DeviceClassInput>
  | (Partial<Omit<DeviceClassInput, 'telemetry' | 'topics'>> & {
      readonly topics?: { readonly telemetry: string } & Readonly<Record<string, string>>
      readonly decode?: object
    })

/** A class with ports 1 and 2, the second calibrated and with a range, unless told otherwise. */
export const aClass = (changes: ClassChanges = {}): DeviceClass =>
  deviceClassSchema.parse(
    upcastClass({
      key: 'logger',
      name: 'Logger',
      ...('telemetry' in changes ? {} : { topics: canonicalTopics, decode: { shape: 'readings' } }),
      ports: [
        { port: 1, name: 'Voltage', unit: 'V' },
        { port: 2, name: 'Current', unit: 'A', min: 0, max: 100, scaling: 2, offset: 1 },
      ],
      ...changes,
    }),
  )

export const aDevice = (changes: Partial<z.input<typeof deviceSchema>> = {}): Device =>
  deviceSchema.parse({
    id: 'd1',
    classKey: 'logger',
    name: 'Press 1',
    credential: { salt: 'the-salt', hash: 'the-hash' },
    createdAt: '2025-09-06T12:00:00.000Z',
    ...changes,
  })

/** Device `d1` of organization `acme`, unless told otherwise. */
export const aRecord = (
  deviceClass: DeviceClass = aClass(),
  device: Device = aDevice(),
  orgId = 'acme',
): DeviceRecord => toDeviceRecord(orgId, device, deviceClass)

import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'
import { upcastClass } from './class-upcast.ts'
import { deviceClassSchema } from './device-class.ts'
import { deviceSchema } from './device.ts'

const storedClassSchema = deviceClassSchema.extend({ id: z.string() })

/** Classes of one organization; `id` is the class's key. The shipped classes are files, not documents. */
export const deviceClassCollection: CollectionSpec<z.output<typeof storedClassSchema>> = {
  name: 'device_classes',
  schema: storedClassSchema,
  version: 2,
  upcast: { 1: upcastClass },
}

export const deviceCollection: CollectionSpec<z.output<typeof deviceSchema>> = {
  name: 'devices',
  schema: deviceSchema,
  uniqueEverywhere: { id: ['id'] },
  unique: { serialNumber: ['serialNumber'], address: ['address', 'classKey'] },
  indexes: [['classKey'], ['name']],
  location: 'location',
}

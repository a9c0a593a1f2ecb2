import type { Store } from '../platform/store/port.ts'
import { type ClassFault, faultOfClass } from './class-faults.ts'
import { deviceClassCollection } from './collections.ts'
import type { DeviceClass } from './device-class.ts'
import type { DeviceDirectory } from './directory.ts'

export interface CreateClassParts {
  readonly store: Store
  readonly directory: DeviceDirectory
}

export type CreatedClass =
  | { readonly kind: 'created'; readonly deviceClass: DeviceClass }
  | { readonly kind: 'fault'; readonly fault: ClassFault }
  | { readonly kind: 'exists' }

/** Adds a class to an organization's own. */
export async function createDeviceClass(
  { directory, store }: CreateClassParts,
  orgId: string,
  wanted: Omit<DeviceClass, 'version'>,
): Promise<CreatedClass> {
  const fault = faultOfClass(wanted, directory.shippedClasses())
  if (fault !== undefined) return { kind: 'fault', fault }
  if (directory.isShipped(wanted.key)) return { kind: 'exists' }
  const deviceClass = { ...wanted, version: 1 }
  const classes = store.organization(orgId).collection(deviceClassCollection)
  const inserted = await directory.changeClass(orgId, wanted.key, () =>
    classes.insert({ ...deviceClass, id: wanted.key }),
  )
  return inserted.kind === 'duplicate' ? { kind: 'exists' } : { kind: 'created', deviceClass }
}

import type { Broker } from '../platform/broker/port.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Store } from '../platform/store/port.ts'
import { deviceCollection, unlessRemoved } from './collections.ts'
import type { DeviceDirectory } from './directory.ts'

export interface RenewPasswordParts {
  readonly broker: Pick<Broker, 'disconnect'>
  readonly secrets: Pick<Secrets, 'hashDevicePassword' | 'newDevicePassword'>
  readonly store: Store
  readonly directory: DeviceDirectory
}

/** A new password for the device: the old one ends at once, with its connections. Undefined where there is no such device. */
export async function renewPassword(
  { broker, directory, secrets, store }: RenewPasswordParts,
  orgId: string,
  deviceId: string,
): Promise<string | undefined> {
  if (directory.lookup(deviceId)?.orgId !== orgId) return undefined
  const password = secrets.newDevicePassword()
  const credential = secrets.hashDevicePassword(password)
  const documents = store.organization(orgId).collection(deviceCollection)
  await directory.changeDevice(orgId, deviceId, () =>
    documents.update(
      deviceId,
      unlessRemoved((device) => ({ ...device, credential })),
    ),
  )
  await broker.disconnect(deviceId)
  return password
}

import type { Broker } from '../platform/broker/port.ts'
import type { Store } from '../platform/store/port.ts'
import { deviceCollection, unlessRemoved } from './collections.ts'
import type { DeviceDirectory } from './directory.ts'

export interface SetEnabledParts {
  readonly broker: Pick<Broker, 'disconnect'>
  readonly store: Store
  readonly directory: DeviceDirectory
}

/**
 * A disabled device is cut off at once, wherever it is connected, and can do nothing; what it has sent stays. False where
 * there is no such device.
 */
export async function setEnabled(
  { broker, directory, store }: SetEnabledParts,
  orgId: string,
  deviceId: string,
  isEnabled: boolean,
): Promise<boolean> {
  if (directory.lookup(deviceId)?.orgId !== orgId) return false
  const documents = store.organization(orgId).collection(deviceCollection)
  const { kind } = await directory.changeDevice(orgId, deviceId, () =>
    documents.update(
      deviceId,
      unlessRemoved((device) => ({ ...device, isEnabled })),
    ),
  )
  if (!isEnabled) await broker.disconnect(deviceId)
  return kind === 'replaced'
}

import type { Store } from '../platform/store/port.ts'
import { deviceCollection, type DeviceDocument, unlessRemoved } from './collections.ts'
import type { DeviceDirectory } from './directory.ts'

/** `taken`: it proves another device already. */
export type Bound = 'bound' | 'missing' | 'taken'

export interface BindCertificateParts {
  readonly store: Store
  readonly directory: DeviceDirectory
}

/** One certificate proves one device, over all organizations. */
export async function bindCertificate(
  { directory, store }: BindCertificateParts,
  orgId: string,
  deviceId: string,
  fingerprint256: string | undefined,
): Promise<Bound> {
  if (directory.lookup(deviceId)?.orgId !== orgId) return 'missing'
  const documents = store.organization(orgId).collection(deviceCollection)
  const bound = (device: DeviceDocument): DeviceDocument => ({
    ...device,
    certificate: fingerprint256 === undefined ? undefined : { fingerprint256 },
  })
  const { kind } = await directory.changeDevice(orgId, deviceId, () =>
    documents.update(deviceId, unlessRemoved(bound)),
  )
  if (kind === 'duplicate') return 'taken'
  return kind === 'replaced' ? 'bound' : 'missing'
}

import type { Broker } from '../platform/broker/port.ts'
import type { Store } from '../platform/store/port.ts'
import { deviceCollection, unlessRemoved } from './collections.ts'
import { passwordFor, type PasswordParts } from './device-password.ts'
import type { DeviceDirectory } from './directory.ts'

export interface RenewPasswordParts {
  readonly broker: Pick<Broker, 'disconnect'>
  readonly secrets: PasswordParts
  readonly store: Store
  readonly directory: DeviceDirectory
}

export type RenewedPassword =
  | { readonly kind: 'renewed'; readonly password: string }
  | { readonly kind: 'weak'; readonly fault: string }
  | { readonly kind: 'missing' }

/** A new password for the device, its own if it brings one: the old one ends at once, with its connections. */
export async function renewPassword(
  { broker, directory, secrets, store }: RenewPasswordParts,
  orgId: string,
  deviceId: string,
  chosen?: string,
): Promise<RenewedPassword> {
  const record = directory.lookup(deviceId)
  if (record?.orgId !== orgId) return { kind: 'missing' }
  const made = await passwordFor(secrets, deviceId, record.deviceClass, chosen)
  if (made.kind === 'weak') return made
  const { credential, password } = made
  const documents = store.organization(orgId).collection(deviceCollection)
  await directory.changeDevice(orgId, deviceId, () =>
    documents.update(
      deviceId,
      unlessRemoved((device) => ({ ...device, credential })),
    ),
  )
  await broker.disconnect(deviceId)
  return { kind: 'renewed', password }
}

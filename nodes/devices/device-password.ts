import type { DeviceCredential, Secrets } from '../platform/secrets.ts'
import type { DeviceClass } from './device-class.ts'
import { faultOfPassword, passwordAlphabets } from './password-rule.ts'

export type PasswordParts = Pick<Secrets, 'hashChosenPassword' | 'hashDevicePassword' | 'newDevicePassword'>

export type MadePassword =
  | { readonly kind: 'made'; readonly password: string; readonly credential: DeviceCredential }
  | { readonly kind: 'weak'; readonly fault: string }

/** A password as devices of the class can take it, or the one that was chosen, with what is kept of it. */
export async function passwordFor(
  secrets: PasswordParts,
  deviceId: string,
  { password: rule }: Pick<DeviceClass, 'password'>,
  chosen: string | undefined,
): Promise<MadePassword> {
  if (chosen === undefined) {
    const shape = rule && { length: rule.length, characters: passwordAlphabets[rule.alphabet] }
    const password = secrets.newDevicePassword(shape)
    return { kind: 'made', password, credential: secrets.hashDevicePassword(password) }
  }
  const fault = faultOfPassword(chosen, deviceId, rule)
  return fault === undefined
    ? { kind: 'made', password: chosen, credential: await secrets.hashChosenPassword(chosen) }
    : { kind: 'weak', fault }
}

import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'

export interface DeviceCredential {
  readonly salt: string
  readonly hash: string
}

/** Ids and device passwords; here, so that rules stay free of randomness. */
export interface Secrets {
  newId(): string
  /** 256 random bits: too many to guess, which is why a fast hash is enough, and 10,000 devices may reconnect at once. */
  newDevicePassword(): string
  hashDevicePassword(password: string): DeviceCredential
  isDevicePassword(password: string | Uint8Array, credential: DeviceCredential): boolean
}

const hashOf = (salt: string, password: string | Uint8Array): Buffer =>
  createHash('sha256').update(salt).update(password).digest()

export const nodeSecrets: Secrets = {
  newId: () => randomUUID(),
  newDevicePassword: () => randomBytes(32).toString('base64url'),
  hashDevicePassword(password) {
    const salt = randomBytes(16).toString('hex')
    return { salt, hash: hashOf(salt, password).toString('hex') }
  },
  isDevicePassword(password, { salt, hash }) {
    const expected = Buffer.from(hash, 'hex')
    const actual = hashOf(salt, password)
    return expected.length === actual.length && timingSafeEqual(expected, actual)
  },
}

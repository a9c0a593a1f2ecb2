import { createHash, pbkdf2Sync, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'

export interface DeviceCredential {
  readonly salt: string
  readonly hash: string
  /** The same password as Mosquitto's password file wants it; absent from credentials made before there was one. */
  readonly mosquitto?: string | undefined
}

/** Ids and device passwords; here, so that rules stay free of randomness. */
export interface Secrets {
  newId(): string
  /** 256 random bits: too many to guess, which is why a fast hash is enough, and 10,000 devices may reconnect at once. */
  newDevicePassword(): string
  hashDevicePassword(password: string): DeviceCredential
  isDevicePassword(password: string | Uint8Array, credential: DeviceCredential): boolean
  /** Compares in a time that tells nothing about where they differ. */
  isSame(presented: string, secret: string): boolean
}

const hashOf = (salt: string, password: string | Uint8Array): Buffer =>
  createHash('sha256').update(salt).update(password).digest()

/** Mosquitto's own number, enough for random passwords; and as many as one hash may cost for one that a person chose. */
const iterations = { random: 101, chosen: 100_000 }
const mosquittoSaltBytes = 12
const mosquittoHashBytes = 64

/** `$7$`: PBKDF2 with HMAC-SHA-512, as `mosquitto_passwd` writes it. */
export function mosquittoHash(password: string, kind: 'random' | 'chosen'): string {
  const salt = randomBytes(mosquittoSaltBytes)
  const hash = pbkdf2Sync(password, salt, iterations[kind], mosquittoHashBytes, 'sha512')
  return `$7$${iterations[kind]}$${salt.toString('base64')}$${hash.toString('base64')}`
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

export const nodeSecrets: Secrets = {
  newId: () => randomUUID(),
  newDevicePassword: () => randomBytes(32).toString('base64url'),
  hashDevicePassword(password) {
    const salt = randomBytes(16).toString('hex')
    return {
      salt,
      hash: hashOf(salt, password).toString('hex'),
      mosquitto: mosquittoHash(password, 'random'),
    }
  },
  isDevicePassword(password, { salt, hash }) {
    const expected = Buffer.from(hash, 'hex')
    const actual = hashOf(salt, password)
    return expected.length === actual.length && timingSafeEqual(expected, actual)
  },
  isSame: (presented, secret) => timingSafeEqual(digestOf(presented), digestOf(secret)),
}

import {
  createHash,
  pbkdf2 as pbkdf2Callback,
  pbkdf2Sync,
  randomBytes,
  randomInt,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'

const pbkdf2 = promisify(pbkdf2Callback)

export interface DeviceCredential {
  readonly salt: string
  readonly hash: string
  /** Of PBKDF2, for a password that somebody chose; absent where the platform made it at random. */
  readonly iterations?: number | undefined
  /** The same password as Mosquitto's password file wants it; absent from credentials made before there was one. */
  readonly mosquitto?: string | undefined
}

export interface PasswordShape {
  readonly length: number
  readonly characters: string
}

/** Ids and device passwords; here, so that rules stay free of randomness. */
export interface Secrets {
  newId(): string
  /**
   * 256 random bits, or so many characters of an alphabet: too many to guess, which is why a fast hash is enough, and
   * 10,000 devices may reconnect at once.
   */
  newDevicePassword(shape?: PasswordShape): string
  /** Of one that was made here. */
  hashDevicePassword(password: string): DeviceCredential
  /** Of one that a person may have thought of: slow, beside the event loop. */
  hashChosenPassword(password: string): Promise<DeviceCredential>
  /** At once for a password that was made here, beside the event loop for a chosen one. */
  isDevicePassword(password: string | Uint8Array, credential: DeviceCredential): boolean | Promise<boolean>
  /** SHA-256, hex, to find one of 256 random bits by; a slow hash would add nothing. */
  digestOf(secret: string): string
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

async function isChosenPassword(
  password: string | Uint8Array,
  salt: string,
  hash: string,
  rounds: number,
): Promise<boolean> {
  const expected = Buffer.from(hash, 'hex')
  const actual = await pbkdf2(password, Buffer.from(salt, 'hex'), rounds, mosquittoHashBytes, 'sha512')
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

export const nodeSecrets: Secrets = {
  newId: () => randomUUID(),
  newDevicePassword: (shape) =>
    shape === undefined
      ? randomBytes(32).toString('base64url')
      : Array.from({ length: shape.length }, () => shape.characters[randomInt(shape.characters.length)]).join(
          '',
        ),
  hashDevicePassword(password) {
    const salt = randomBytes(16).toString('hex')
    return {
      salt,
      hash: hashOf(salt, password).toString('hex'),
      mosquitto: mosquittoHash(password, 'random'),
    }
  },
  async hashChosenPassword(password) {
    const salt = randomBytes(mosquittoSaltBytes)
    const hash = await pbkdf2(password, salt, iterations.chosen, mosquittoHashBytes, 'sha512')
    return {
      salt: salt.toString('hex'),
      hash: hash.toString('hex'),
      iterations: iterations.chosen,
      mosquitto: `$7$${iterations.chosen}$${salt.toString('base64')}$${hash.toString('base64')}`,
    }
  },
  isDevicePassword(password, { salt, hash, iterations: rounds }) {
    if (rounds !== undefined) return isChosenPassword(password, salt, hash, rounds)
    const expected = Buffer.from(hash, 'hex')
    const actual = hashOf(salt, password)
    return expected.length === actual.length && timingSafeEqual(expected, actual)
  },
  digestOf: (secret) => digestOf(secret).toString('hex'),
  isSame: (presented, secret) => timingSafeEqual(digestOf(presented), digestOf(secret)),
}

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { normalizePassword } from '../password.ts'

/** scrypt's parameters (RFC 7914); memory is 128 · r · 2^logN bytes. */
export interface ScryptCost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** 32 MiB, about 0.3 s of a core: one of the equivalent settings of OWASP's password storage cheat sheet. */
export const defaultCost: ScryptCost = { logN: 15, r: 8, p: 3 }

export interface PasswordHasher {
  /** `$scrypt$ln=15,r=8,p=3$salt$hash`, base64: everything needed to check it. */
  hash(password: string): Promise<string>
  /** Without a stored hash it takes as long and says `wrong`. `busy`: too many are waiting, nothing was checked. */
  verify(password: string, stored: string | undefined): Promise<'right' | 'wrong' | 'busy'>
  /** Whether the hash was made with other parameters than the present ones. */
  isOutdated(stored: string): boolean
}

const saltBytes = 16
const keyBytes = 32
// Two at a time of libuv's four threads: logins must not keep file access waiting, nor fill the memory.
const atOnce = 2
const maxWaiting = 64
const format =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{1,128})$/
// A tampered store must not be able to order hours of work.
const maxLogN = 18

/** The work of a check: what it takes follows from the cost and the lengths. */
export type DeriveKey = (password: string, salt: Buffer, length: number, cost: ScryptCost) => Promise<Buffer>

export function createPasswordHasher(
  cost: ScryptCost = defaultCost,
  derive: DeriveKey = scryptKey,
): PasswordHasher {
  const prefix = `$scrypt$ln=${cost.logN},r=${cost.r},p=${cost.p}$`
  const dummy = `${prefix}${encode(randomBytes(saltBytes))}$${encode(randomBytes(keyBytes))}`
  let running = 0
  const waiting: (() => void)[] = []

  async function limited<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  return {
    async hash(password) {
      const salt = randomBytes(saltBytes)
      const key = await limited(() => derive(password, salt, keyBytes, cost))
      return `${prefix}${encode(salt)}$${encode(key)}`
    },

    async verify(password, stored) {
      if (waiting.length >= maxWaiting) return 'busy'
      const { salt, key, cost: own } = parse(stored ?? dummy)
      const derived = await limited(() => derive(password, salt, key.length, own))
      return timingSafeEqual(derived, key) && stored !== undefined ? 'right' : 'wrong'
    },

    isOutdated: (stored) => !stored.startsWith(prefix),
  }
}

function parse(stored: string): { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer } {
  const [, logN, r, p, salt, key] = format.exec(stored) ?? []
  if (salt === undefined || key === undefined) throw new Error('A stored password hash cannot be read')
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) }
  if (cost.logN > maxLogN || cost.r > 16 || cost.p > 16)
    throw new Error('A stored password hash is too costly')
  return { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

const encode = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

function scryptKey(
  password: string,
  salt: Buffer,
  length: number,
  { logN, r, p }: ScryptCost,
): Promise<Buffer> {
  const N = 2 ** logN
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  // Node refuses what needs more than 32 MiB unless told; twice the need leaves room for the p blocks.
  scrypt(
    normalizePassword(password),
    salt,
    length,
    { N, r, p, maxmem: 256 * N * r + 4096 * r * p },
    (error, key) => (error === null ? resolve(key) : reject(error)),
  )
  return promise
}

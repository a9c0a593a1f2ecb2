/**
 * Access codes and what is kept of them. A code follows from the booking under a key of the platform, so it is stored
 * nowhere; what is compared are hashes under the same key.
 */
import { utf8Bytes } from '../platform/kit/bytes.ts'
import { given } from '../platform/kit/domain/need.ts'
import { type KeyedHash, keyedHashOf, keyOf } from '../platform/keyed-hash.ts'
import type { Route } from '../platform/stream/port.ts'

/** What codes are made and compared with. */
export const accessCodes = given<KeyedHash>('key of access codes')

const purpose = 'fleetloom access codes'

/** Derived from a secret that all instances share. */
export const codeKeyOf = (secret: string): KeyedHash => keyedHashOf(secret, purpose)

/** The key itself. */
export const rawCodeKeyOf = (secret: string): Uint8Array => keyOf(secret, purpose)

const digits = 6
const codes = 10 ** digits
const words = 2 ** 32
/** Below it every code is as likely as any other. */
const fair = words - (words % codes)

/** The nth code of the booking: six digits. */
export const codeOf = (key: KeyedHash, orgId: string, bookingId: string, n: number): string =>
  digitsOf((round) => key.digest(['code', orgId, bookingId, n, round]))

/** Of the first word of 32 bits, big-endian, of the digests that is below the largest multiple of a million. */
export function digitsOf(digest: (round: number) => Uint8Array): string {
  for (let round = 0; ; round += 1) {
    const { buffer, byteLength, byteOffset } = digest(round)
    const view = new DataView(buffer, byteOffset, byteLength)
    for (let at = 0; at + 4 <= byteLength; at += 4) {
      const word = view.getUint32(at)
      if (word < fair) return String(word % codes).padStart(digits, '0')
    }
  }
}

/** What is kept of a code: of one pod, so that nobody sees whether two have the same. */
export const hashCode = (key: KeyedHash, orgId: string, podId: string, code: string): string =>
  key.hex(['typed', orgId, podId, code.trim()])

const secretNames: ReadonlySet<string> = new Set(['code', 'pin', 'accessCode', 'access_code'])
const mayHoldOne = /code|pin/i
const runOfDigits = /\d{4,}/g

/**
 * What a pod sends with every typed code in it replaced by its hash (`codeHash`); untouched when there is none. Of what is
 * no JSON no number stays.
 */
export function concealCodes(key: KeyedHash, { key: podId, orgId }: Route, data: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(data)
  if (!mayHoldOne.test(text)) return data
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return utf8Bytes(text.replace(runOfDigits, '****'))
  }
  const found = { any: false }
  const concealed = concealIn(body, (code) => {
    found.any = true
    return hashCode(key, orgId, podId, code)
  })
  return found.any ? utf8Bytes(JSON.stringify(concealed)) : data
}

function concealIn(value: unknown, hash: (code: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => concealIn(each, hash))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => {
      if (!secretNames.has(name) || each === null) return [name, concealIn(each, hash)]
      return ['codeHash', hash(typeof each === 'string' ? each : JSON.stringify(each))]
    }),
  )
}

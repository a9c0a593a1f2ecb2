import { decode, type TagDecoder } from 'cborg'
import { toBase64 } from '../../platform/kit/bytes.ts'
import { toIsoTimeOrNull } from '../../platform/kit/iso-time.ts'

/**
 * Tags that a device may send: standard and epoch times (RFC 8949, 3.4.1 and 3.4.2), what only says that it is CBOR (55799), and
 * packs of numbers are given as what is inside; a time as text, so that paths and formats find it as in JSON.
 */
const inside: TagDecoder = (content) => content()
const epochTime: TagDecoder = (content) => {
  const seconds: unknown = content()
  return typeof seconds === 'number' ? toIsoTimeOrNull(Math.round(seconds * 1000)) : seconds
}
const tags: Readonly<Record<number, TagDecoder>> = { 0: inside, 1: epochTime, 55_799: inside }

/**
 * What CBOR says, as JSON would: bytes are base64, whole numbers beyond 2^53 are as near as a double comes, keys are text. Not a number
 * and infinity stay what they are.
 * @throws what the library throws for anything that is no CBOR
 */
export function readCbor(payload: Uint8Array): unknown {
  return plain(
    decode(payload, {
      allowBigInt: true,
      allowInfinity: true,
      allowNaN: true,
      useMaps: true,
      tags,
      allowUndefined: true,
    }),
    0,
  )
}

const maxDepth = 64

function plain(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new RangeError(`nested deeper than ${maxDepth}`)
  if (value === undefined) return null
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return toBase64(value)
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item, depth + 1))
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [String(key), plain(item, depth + 1)] as const)
    return Object.fromEntries(entries)
  }
  return value
}

import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

/** @throws when it is none, or becomes larger */
export const gunzip = (bytes: Uint8Array, maxOutputLength: number): Uint8Array =>
  gunzipSync(bytes, { maxOutputLength })

/**
 * With the header of zlib or without, as devices take "deflate" to mean either.
 * @throws when it is neither, or becomes larger
 */
export function inflate(bytes: Uint8Array, maxOutputLength: number): Uint8Array {
  const [first = 0, second = 0] = bytes
  const hasHeader = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
  return hasHeader ? inflateSync(bytes, { maxOutputLength }) : inflateRawSync(bytes, { maxOutputLength })
}

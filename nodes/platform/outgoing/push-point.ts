import { ECDH } from 'node:crypto'

/** Of a browser's key, in base64url: on the curve P-256, and uncompressed (RFC 8291, section 3.1). Total. */
export function isPushPoint(base64url: string): boolean {
  const bytes = Buffer.from(base64url, 'base64url')
  try {
    const point = ECDH.convertKey(bytes, 'prime256v1', undefined, undefined, 'uncompressed')
    return typeof point !== 'string' && bytes.equals(point)
  } catch {
    return false
  }
}

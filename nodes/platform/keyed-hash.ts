import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** HMAC-SHA-256 under a key for one purpose. */
export interface KeyedHash {
  /** Of the parts, which are told apart. */
  digest(parts: readonly (string | number)[]): Uint8Array
  hex(parts: readonly (string | number)[]): string
}

/** Under a key derived from the secret (HKDF, RFC 5869): who knows it knows neither the secret nor the keys of other purposes. */
export function keyedHashOf(secret: string, purpose: string): KeyedHash {
  return keyedHashWith(keyOf(secret, purpose))
}

/** The key of {@link keyedHashOf}, for whoever keeps it. */
export const keyOf = (secret: string, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))

export function keyedHashWith(key: Uint8Array): KeyedHash {
  const digest = (parts: readonly (string | number)[]): Buffer =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest()
  return { digest, hex: (parts) => digest(parts).toString('hex') }
}

/** HMAC-SHA-256 of a text under a text, as others can make it too. */
export const hmacOfText = (key: string, text: string): Uint8Array =>
  createHmac('sha256', key).update(text).digest()

/** In a time that tells nothing about where they differ. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

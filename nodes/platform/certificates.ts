import { X509Certificate } from 'node:crypto'

/** SHA-256 of the first certificate in it, as `AA:BB:…`; undefined when there is none. */
export function fingerprintOf(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256
  } catch {
    return undefined
  }
}

/** However it was written, with colons or without. */
export const normalFingerprint = (text: string): string =>
  text.replaceAll(':', '').toUpperCase().match(/../g)?.join(':') ?? ''

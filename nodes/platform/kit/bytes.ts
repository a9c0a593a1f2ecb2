import { isUtf8 } from 'node:buffer'

/**
 * The text, or undefined when the bytes are not valid UTF-8. Decoding puts U+FFFD where bytes are wrong, so only a text
 * that has one (which may be the real one) needs a second look.
 */
export function utf8Text(bytes: Uint8Array): string | undefined {
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  return text.includes('\ufffd') && !isUtf8(buffer) ? undefined : text
}

export const utf8Bytes = (text: string): Uint8Array<ArrayBuffer> => Buffer.from(text, 'utf8')

export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

export const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64')

export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

export const fromHex = (text: string): Uint8Array => Buffer.from(text, 'hex')

import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** Node-RED's own form of encrypted credentials: the vector in hex, then AES-256-CTR in base64. */
export function encryptCredentials(
  credentials: Readonly<Record<string, unknown>>,
  secret: string,
): { readonly $: string } {
  const key = createHash('sha256').update(secret).digest()
  const vector = randomBytes(16)
  const cipher = createCipheriv('aes-256-ctr', key, vector)
  const bytes = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()])
  return { $: vector.toString('hex') + bytes.toString('base64') }
}

export const isEncrypted = (credentials: Readonly<Record<string, unknown>>): boolean =>
  typeof credentials['$'] === 'string' && Object.keys(credentials).length === 1

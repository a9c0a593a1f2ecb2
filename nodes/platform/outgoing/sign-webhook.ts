import { createHash, createHmac } from 'node:crypto'

/** Of a key that is random, in the form of Standard Webhooks. */
const prefix = 'whsec_'
/** As Standard Webhooks has it: 24 to 64 bytes. */
const leastKeyBytes = 24

export interface SignedParts {
  readonly secret: string
  /** The same over retries. */
  readonly id: string
  readonly atMs: number
  readonly body: string
}

/**
 * Headers of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): HMAC-SHA256 of `id.timestamp.body`. The key is what
 * follows `whsec_` in base64; a secret without that is its own bytes, and where those are base64 of a key of its own size too,
 * there is a signature for either reading of it, as the convention allows.
 */
export function signedHeaders({ atMs, body, id, secret }: SignedParts): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000))
  const content = `${id}.${timestamp}.${body}`
  const signatures = keysOf(secret).map(
    (key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`,
  )
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

function keysOf(secret: string): readonly Buffer[] {
  if (secret.startsWith(prefix)) return [Buffer.from(secret.slice(prefix.length), 'base64')]
  const decoded = Buffer.from(secret, 'base64')
  const isBase64 = decoded.length >= leastKeyBytes && decoded.toString('base64') === secret
  return isBase64 ? [decoded, Buffer.from(secret)] : [Buffer.from(secret)]
}

/** A name of fixed length for what may be long and may have anything in it; the same for the same. */
export const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 27)

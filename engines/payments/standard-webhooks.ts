/** Signatures of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 of "id.timestamp.body". */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** How far the timestamp may be off. */
const toleranceSeconds = 300

/** After `whsec_` comes base64; any other secret is the key as it is. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)

export function sign(
  secret: string,
  {
    body,
    id,
    seconds,
  }: { readonly id: string; readonly seconds: number; readonly body: Uint8Array | string },
): string {
  const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.`).update(body)
  return `v1,${mac.digest('base64')}`
}

/** Why it is refused; undefined for one that holds the secret and is not old. */
export function faultOf(
  secret: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  nowMs: number,
): string | undefined {
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  const given = (headers['webhook-signature'] ?? '').split(' ')
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return 'it has no webhook-id and webhook-timestamp'
  const seconds = Number(timestamp)
  if (Math.abs(nowMs / 1000 - seconds) > toleranceSeconds)
    return 'its timestamp is off by more than five minutes'
  const expected = sign(secret, { id, seconds, body })
  return given.some((each) => isSame(each, expected)) ? undefined : 'its signature is not right'
}

export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

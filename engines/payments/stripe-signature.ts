/** The header `Stripe-Signature` (https://docs.stripe.com/webhooks#verify-manually): `t=seconds,v1=hex`, several `v1` while a secret is changed. */
import { createHmac } from 'node:crypto'
import { isSame } from './standard-webhooks.ts'

/** How far the timestamp may be off; Stripe's own libraries take the same. */
const toleranceSeconds = 300

/** HMAC-SHA-256 of "seconds.body" under the endpoint's secret, hex. */
export const stripeSignature = (secret: string, seconds: number, body: Uint8Array | string): string =>
  createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')

/** Why it is refused; undefined for one that holds the secret and is not old. */
export function stripeFaultOf(
  secret: string,
  header: string | undefined,
  body: Uint8Array,
  nowMs: number,
): string | undefined {
  const parts = (header ?? '').split(',').map((part) => part.trim().split('='))
  const values = (name: string): readonly string[] =>
    parts.filter(([key]) => key === name).map(([, value = '']) => value)
  const [timestamp = ''] = values('t')
  if (!/^\d{1,12}$/.test(timestamp)) return 'it has no stripe-signature with a timestamp'
  const seconds = Number(timestamp)
  if (Math.abs(nowMs / 1000 - seconds) > toleranceSeconds)
    return 'its timestamp is off by more than five minutes'
  const expected = stripeSignature(secret, seconds, body)
  return values('v1').some((given) => isSame(given, expected)) ? undefined : 'its signature is not right'
}

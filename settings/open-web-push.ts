import { createECDH } from 'node:crypto'
import { webPushEncoder } from '../engines/push/web-push-encoder.ts'
import type { WebPush } from '../nodes/notifications/domain.ts'
import { keyOf } from '../nodes/platform/keyed-hash.ts'
import type { Settings } from './env.ts'

/** With the pair that is set, else one that follows from the secret: the same to all instances, and after a restart. */
export function openWebPush(settings: Settings, credentialSecret: string): WebPush {
  const { VAPID_PRIVATE_KEY: privateKey, VAPID_PUBLIC_KEY: publicKey } = settings
  const pair =
    privateKey === undefined || publicKey === undefined
      ? pairFrom(credentialSecret)
      : { publicKey, privateKey }
  return {
    publicKey: pair.publicKey,
    encode: webPushEncoder({ subject: `mailto:${settings.ADMIN_EMAIL}`, ...pair }),
  }
}

/** A key pair for VAPID (RFC 8292, on P-256), base64url. */
function pairFrom(secret: string, n = 0): { readonly publicKey: string; readonly privateKey: string } {
  const bytes = Buffer.from(keyOf(secret, `web push ${n}`))
  const curve = createECDH('prime256v1')
  try {
    curve.setPrivateKey(bytes)
  } catch {
    // One number in four billion is none of the curve.
    return pairFrom(secret, n + 1)
  }
  return { publicKey: curve.getPublicKey('base64url'), privateKey: bytes.toString('base64url') }
}

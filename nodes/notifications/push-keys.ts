import { z } from 'zod'
import { isPushPoint } from '../platform/outgoing/push-point.ts'

/** What a message to a browser is encrypted with: with keys that are none, nothing could ever be sent there. */
export const pushKeysSchema = z.strictObject({
  p256dh: z
    .string()
    .regex(/^[\w-]{87}=?$/, { error: 'must be 65 bytes, base64url', abort: true })
    .refine(isPushPoint, 'must be a public key on the curve P-256'),
  auth: z.string().regex(/^[\w-]{22}={0,2}$/, 'must be 16 bytes, base64url'),
})

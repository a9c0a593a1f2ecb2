import { importPKCS8, SignJWT } from 'jose'
import { z } from 'zod'
import type { ServiceAccount } from '../../nodes/notifications/senders/service-account.ts'
import type { Outgoing } from '../../nodes/platform/outgoing/port.ts'

const scope = 'https://www.googleapis.com/auth/firebase.messaging'
const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() })
/** Renewed so long before it ends. */
const marginMs = 60_000

/** Tokens by RFC 7523: a signed assertion for an access token, which is used until it ends. */
export function fcmToken(
  account: ServiceAccount,
  outgoing: Outgoing,
  nowMs: () => number,
): () => Promise<string> {
  let known: { readonly token: string; readonly untilMs: number } | undefined
  return async () => {
    if (known !== undefined && known.untilMs > nowMs()) return known.token
    const issuedAt = Math.floor(nowMs() / 1000)
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(account.client_email)
      .setAudience(account.token_uri)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + 3600)
      .sign(await importPKCS8(account.private_key, 'RS256'))
    const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    const answer = await outgoing.send({
      url: account.token_uri,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: grant, assertion }).toString(),
      // Whoever sets the account up says where that is.
      allowPrivateAddress: true,
    })
    if (answer.status !== 200) throw new Error(`no token for FCM: answered ${answer.status}`)
    const token = tokenSchema.parse(JSON.parse(answer.text))
    known = { token: token.access_token, untilMs: nowMs() + token.expires_in * 1000 - marginMs }
    return known.token
  }
}

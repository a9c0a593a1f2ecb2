import { createHash, createSecretKey, randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { accessTokenLifeSeconds } from '../sign-in.ts'
import type { Clock } from '../../platform/clock.ts'

const algorithm = 'HS256'
const issuer = 'fleetloom'
const audience = 'fleetloom-api'
/** RFC 9068: an access token cannot be mistaken for another kind of JWT. */
const type = 'at+jwt'
const maxTokenLength = 2048

const claimsSchema = z.object({ sub: z.string().min(1), sid: z.string().min(1) })
const timesSchema = z.object({ iat: z.number(), exp: z.number() })
/** Tokens that were verified stay known, since one comes with every request and its signature costs more than most of them. */
const maxKnown = 5000

interface Known {
  readonly verified: Verified
  readonly fromMs: number
  readonly untilMs: number
}

export interface AccessClaims {
  readonly userId: string
  /** The token family; revoking it revokes the token. */
  readonly signInId: string
}

export type Verified =
  | { readonly kind: 'valid'; readonly claims: AccessClaims }
  | { readonly kind: 'invalid'; readonly reason: string }

export interface AccessTokens {
  issue(claims: AccessClaims): Promise<string>
  /** Signature, algorithm, key id, issuer, audience and time; not whether it was revoked. */
  verify(token: string): Promise<Verified>
}

/** Access tokens signed with one secret. Its fingerprint is the key id, so tokens of an older secret are told apart. */
export function createAccessTokens(jwtSecret: string, clock: Clock): AccessTokens {
  const key = createSecretKey(jwtSecret, 'utf8')
  const keyId = createHash('sha256').update('fleetloom-key-id\0').update(jwtSecret).digest('hex').slice(0, 16)

  const known = new Map<string, Known>()
  const keep = (token: string, payload: unknown, verified: Verified): void => {
    const { exp, iat } = timesSchema.parse(payload)
    const untilMs = Math.min(exp, iat + accessTokenLifeSeconds) * 1000
    // The oldest first.
    if (known.size >= maxKnown) for (const oldest of known.keys().take(1)) known.delete(oldest)
    known.set(token, { verified, fromMs: iat * 1000, untilMs })
  }

  return {
    issue({ userId, signInId }) {
      const nowSeconds = Math.floor(clock.nowMs() / 1000)
      return new SignJWT({ sid: signInId })
        .setProtectedHeader({ alg: algorithm, kid: keyId, typ: type })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + accessTokenLifeSeconds)
        .sign(key)
    },

    async verify(token) {
      if (token.length > maxTokenLength) return { kind: 'invalid', reason: 'token too long' }
      const before = known.get(token)
      if (before !== undefined) {
        const nowMs = clock.nowMs()
        if (nowMs >= before.fromMs && nowMs < before.untilMs) return before.verified
        known.delete(token)
      }
      try {
        const { payload } = await jwtVerify(
          token,
          (header) => {
            // The id only has to be ours: it is never used to look for a key anywhere.
            if (header.kid !== keyId) throw new errors.JWKSNoMatchingKey()
            return key
          },
          {
            algorithms: [algorithm],
            issuer,
            audience,
            typ: type,
            requiredClaims: ['sub', 'sid', 'iat', 'exp'],
            maxTokenAge: accessTokenLifeSeconds,
            currentDate: new Date(clock.nowMs()),
          },
        )
        const claims = claimsSchema.parse(payload)
        const verified = { kind: 'valid', claims: { userId: claims.sub, signInId: claims.sid } } as const
        keep(token, payload, verified)
        return verified
      } catch (error) {
        if (error instanceof errors.JOSEError) return { kind: 'invalid', reason: error.code }
        if (error instanceof z.ZodError) return { kind: 'invalid', reason: 'claims of the wrong type' }
        throw error
      }
    },
  }
}

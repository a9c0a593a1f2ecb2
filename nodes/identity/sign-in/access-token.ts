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
        return { kind: 'valid', claims: { userId: claims.sub, signInId: claims.sid } }
      } catch (error) {
        if (error instanceof errors.JOSEError) return { kind: 'invalid', reason: error.code }
        if (error instanceof z.ZodError) return { kind: 'invalid', reason: 'claims of the wrong type' }
        throw error
      }
    },
  }
}

import { createHash, createSecretKey, type KeyObject, randomUUID } from 'node:crypto'
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
/** By then every instance has seen a new secret in its own copy of the file, and takes what others sign with it. */
const settleMs = 10_000

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
  /**
   * Another secret: tokens of it are taken at once, and signed with it once the other instances take them, too; those of
   * the secret before are taken until the last of them has expired.
   */
  renew(jwtSecret: string): void
}

interface Key {
  readonly id: string
  readonly secret: KeyObject
  readonly signsFromMs: number
}

/** Its fingerprint is the key id, so tokens of different secrets are told apart. */
const keyOf = (jwtSecret: string, signsFromMs: number): Key => ({
  id: createHash('sha256').update('fleetloom-key-id\0').update(jwtSecret).digest('hex').slice(0, 16),
  secret: createSecretKey(jwtSecret, 'utf8'),
  signsFromMs,
})

export function createAccessTokens(jwtSecret: string, clock: Clock): AccessTokens {
  /** The newest first; each signs until the one before it does. */
  let keys: readonly Key[] = [keyOf(jwtSecret, 0)]

  /** Where two came one right after the other neither may sign yet: then the older one does. */
  const signing = (): Key | undefined =>
    keys.find(({ signsFromMs }) => signsFromMs <= clock.nowMs()) ?? keys.at(-1)

  /** One whose successor has been signing for as long as a token lives has no token left. */
  const taken = (id: string | undefined): Key | undefined => {
    const endedMs = clock.nowMs() - accessTokenLifeSeconds * 1000
    const index = keys.findIndex((key) => key.id === id)
    const successor = keys[index - 1]
    return successor !== undefined && successor.signsFromMs <= endedMs ? undefined : keys[index]
  }

  const known = new Map<string, Known>()
  const keep = (token: string, payload: unknown, verified: Verified): void => {
    const { exp, iat } = timesSchema.parse(payload)
    const untilMs = Math.min(exp, iat + accessTokenLifeSeconds) * 1000
    // The oldest first.
    if (known.size >= maxKnown) for (const oldest of known.keys().take(1)) known.delete(oldest)
    known.set(token, { verified, fromMs: iat * 1000, untilMs })
  }

  return {
    renew(renewed) {
      const key = keyOf(renewed, clock.nowMs() + settleMs)
      const others = keys.filter(({ id }) => id !== key.id && taken(id) !== undefined)
      keys = [key, ...others]
    },

    issue({ userId, signInId }) {
      const key = signing()
      if (key === undefined) throw new Error('there is always a key that signs')
      const nowSeconds = Math.floor(clock.nowMs() / 1000)
      return new SignJWT({ sid: signInId })
        .setProtectedHeader({ alg: algorithm, kid: key.id, typ: type })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + accessTokenLifeSeconds)
        .sign(key.secret)
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
            // The id only has to be one of ours: it is never used to look for a key anywhere else.
            const key = taken(header.kid)
            if (key === undefined) throw new errors.JWKSNoMatchingKey()
            return key.secret
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

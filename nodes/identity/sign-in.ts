import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'

const minuteMs = 60_000
export const accessTokenLifeSeconds = 15 * 60
export const refreshTokenLifeMs = 30 * 24 * 60 * minuteMs
/** A working day: a browser session is not extended by use. */
export const sessionLifeMs = 12 * 60 * minuteMs

export const signInSchema = z.strictObject({
  /** Of a browser session or an API key the hash of its secret; of an app the id of the token family, which is in its tokens. */
  id: z.string().min(1),
  kind: z.enum(['session', 'token', 'key']),
  /** Of a key the service account. */
  userId: z.string().min(1),
  createdAtMs: z.int(),
  expiresAtMs: z.int(),
  /** The user's `epoch` when the proof was made; another one by now ends the sign-in. Missing: 0. */
  epoch: z.int().optional(),
  /** Where from. */
  address: z.string().optional(),
  /** Of a key: the account's organization, and what the key is called. */
  orgId: z.string().optional(),
  name: z.string().optional(),
})

/** Somebody's proof that lasts. Revoking is removing: what is not there is not signed in. */
export type SignIn = z.output<typeof signInSchema>

export const signInCollection: CollectionSpec<SignIn> = {
  name: 'sign_ins',
  // Who signs in and out changes nothing; a key is given and taken away by somebody.
  audit: { isGone: ({ kind }) => kind !== 'key' },
  schema: signInSchema,
  indexes: [['userId'], ['expiresAtMs']],
}

export const refreshTokenSchema = z.strictObject({
  /** Hash of the token: whoever reads the store cannot use what is in it. */
  id: z.string().min(1),
  signInId: z.string().min(1),
  isUsed: z.boolean(),
  expiresAtMs: z.int(),
})
export type RefreshToken = z.output<typeof refreshTokenSchema>

export const refreshTokenCollection: CollectionSpec<RefreshToken> = {
  name: 'refresh_tokens',
  audit: 'none',
  schema: refreshTokenSchema,
  indexes: [['signInId'], ['expiresAtMs']],
}

export type RefreshVerdict =
  | { readonly kind: 'rotate' }
  /** Two hold the same token, so one of them stole it: the family ends for both (RFC 9700, 4.14.2). */
  | { readonly kind: 'revoke-family' }
  | { readonly kind: 'refuse'; readonly reason: string }

/** A used token counts as reuse even when it has expired by now. */
export function judgeRefresh(
  token: RefreshToken | undefined,
  signIn: SignIn | undefined,
  nowMs: number,
): RefreshVerdict {
  if (token === undefined) return { kind: 'refuse', reason: 'unknown refresh token' }
  if (token.isUsed) return { kind: 'revoke-family' }
  if (signIn === undefined || signIn.kind !== 'token') return { kind: 'refuse', reason: 'signed out' }
  if (token.expiresAtMs <= nowMs || !isAlive(signIn, nowMs)) return { kind: 'refuse', reason: 'expired' }
  return { kind: 'rotate' }
}

export const isAlive = (signIn: SignIn, nowMs: number): boolean => nowMs < signIn.expiresAtMs

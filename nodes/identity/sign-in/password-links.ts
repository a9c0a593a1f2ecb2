import { toIsoTime } from '../../platform/kit/iso-time.ts'
import type { PasswordLink } from '../user.ts'
import { digestOf, newSecret } from './opaque-secret.ts'

const lifeMs: Readonly<Record<PasswordLink['kind'], number>> = {
  invitation: 7 * 24 * 3_600_000,
  reset: 3_600_000,
}

export interface MadeLink {
  readonly link: PasswordLink
  /** For whoever it is for, and kept nowhere. The token says whose it is, and has a secret. */
  readonly invitation: { readonly token: string; readonly expiresAt: string }
}

export function newPasswordLink(kind: PasswordLink['kind'], userId: string, nowMs: number): MadeLink {
  const secret = newSecret()
  const expiresAtMs = nowMs + lifeMs[kind]
  return {
    link: { kind, hash: digestOf(secret), expiresAtMs },
    invitation: { token: `${userId}.${secret}`, expiresAt: toIsoTime(expiresAtMs) },
  }
}

/** Whose a token says it is, and the hash of its secret; undefined when it is none. */
export function readPasswordToken(
  token: string,
): { readonly userId: string; readonly hash: string } | undefined {
  const dot = token.lastIndexOf('.')
  return dot <= 0 ? undefined : { userId: token.slice(0, dot), hash: digestOf(token.slice(dot + 1)) }
}

import { randomUUID } from 'node:crypto'
import type { LoginOutcome, TokenPair } from '../authenticator.ts'
import {
  accessTokenLifeSeconds,
  judgeRefresh,
  refreshTokenCollection,
  refreshTokenLifeMs,
  signInCollection,
} from '../sign-in.ts'
import { toUserView, type User } from '../user.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Store } from '../../platform/store/port.ts'
import type { AccessTokens } from './access-token.ts'
import { digestOf, newSecret } from './opaque-secret.ts'
import type { SignIns } from './sign-ins.ts'

/** Sign-ins of apps: a family of refresh tokens, one valid at a time. */
export interface TokenLogins {
  open(user: User, address: string): Promise<TokenPair>
  refresh(refreshToken: string): Promise<LoginOutcome>
  /** Takes a refresh token, spent or not, or an access token: RFC 7009 lets either end the sign-in. */
  close(token: string): Promise<void>
}

const refreshTokenPrefix = 'flr_'
const refused: LoginOutcome = { kind: 'refused' }

export function createTokenLogins(
  store: Store,
  signIns: SignIns,
  accessTokens: AccessTokens,
  clock: Clock,
  log: Logger,
): TokenLogins {
  const refreshTokens = store.platform(refreshTokenCollection)
  const families = store.platform(signInCollection)

  async function issue(userId: string, signInId: string, expiresAtMs: number): Promise<TokenPair> {
    const refreshToken = newSecret(refreshTokenPrefix)
    await refreshTokens.insert({ id: digestOf(refreshToken), signInId, isUsed: false, expiresAtMs })
    const accessToken = await accessTokens.issue({ userId, signInId })
    return { accessToken, refreshToken, expiresIn: accessTokenLifeSeconds }
  }

  async function revoke(signInId: string): Promise<LoginOutcome> {
    log.warn({ signInId }, 'refresh token used twice, family revoked')
    await signIns.close(signInId)
    return refused
  }

  async function familyOf(token: string): Promise<string | undefined> {
    if (token.startsWith(refreshTokenPrefix)) {
      return (await refreshTokens.get(digestOf(token)))?.document.signInId
    }
    const verified = await accessTokens.verify(token)
    return verified.kind === 'valid' ? verified.claims.signInId : undefined
  }

  return {
    async open(user, address) {
      const nowMs = clock.nowMs()
      const expiresAtMs = nowMs + refreshTokenLifeMs
      const id = randomUUID()
      const common = { createdAtMs: nowMs, expiresAtMs, epoch: user.epoch ?? 0, address }
      await signIns.open({ id, kind: 'token', userId: user.id, ...common })
      return issue(user.id, id, expiresAtMs)
    },

    async refresh(refreshToken) {
      const nowMs = clock.nowMs()
      const stored = await refreshTokens.get(digestOf(refreshToken))
      const token = stored?.document
      const family = token === undefined ? undefined : (await families.get(token.signInId))?.document
      const verdict = judgeRefresh(token, family, nowMs)
      if (stored === undefined || verdict.kind === 'refuse') return refused
      const { signInId } = stored.document
      if (verdict.kind === 'revoke-family') return revoke(signInId)

      const signedIn = await signIns.find('token', signInId)
      if (signedIn === undefined) return refused
      // Compare-and-set: of two who bring the same token at once, one finds it used.
      const used = await refreshTokens.replace({ ...stored.document, isUsed: true }, stored.version)
      if (used.kind === 'conflict') return revoke(signInId)
      const expiresAtMs = nowMs + refreshTokenLifeMs
      if (used.kind !== 'replaced' || !(await signIns.extend(signInId, expiresAtMs))) return refused
      const tokens = await issue(signedIn.user.id, signInId, expiresAtMs)
      return { kind: 'welcome', user: toUserView(signedIn.user), tokens }
    },

    async close(token) {
      const signInId = await familyOf(token)
      if (signInId !== undefined) await signIns.close(signInId)
    },
  }
}

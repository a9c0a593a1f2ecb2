import { expect, test } from 'vitest'
import { judgeRefresh, type RefreshToken, type SignIn } from './sign-in.ts'

const token: RefreshToken = { id: 'hash', signInId: 'family', isUsed: false, expiresAtMs: 1000 }
const family: SignIn = { id: 'family', kind: 'token', userId: 'ann', createdAtMs: 0, expiresAtMs: 1000 }

test.each([
  ['the family’s present token is exchanged', token, family, 999, 'rotate'],
  ['an unknown one is refused', undefined, undefined, 0, 'refuse'],
  ['an expired one is refused', token, family, 1000, 'refuse'],
  ['one of an expired family is refused', token, { ...family, expiresAtMs: 500 }, 500, 'refuse'],
  ['one of a revoked family is refused', token, undefined, 0, 'refuse'],
  [
    'one that points at a browser session is refused',
    token,
    { ...family, kind: 'session' as const },
    0,
    'refuse',
  ],
  ['a spent one ends the family', { ...token, isUsed: true }, family, 0, 'revoke-family'],
  [
    'a spent one ends the family even when it has expired',
    { ...token, isUsed: true },
    family,
    2000,
    'revoke-family',
  ],
  [
    'a spent one of a revoked family is no different',
    { ...token, isUsed: true },
    undefined,
    0,
    'revoke-family',
  ],
])('%s', (_, presented, owner, nowMs, kind) => {
  expect(judgeRefresh(presented, owner, nowMs).kind).toBe(kind)
})

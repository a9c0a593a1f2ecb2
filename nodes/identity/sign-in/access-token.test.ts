import { createHmac, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type AccessTokens, createAccessTokens } from './access-token.ts'
import { FakeClock, jwtSecret } from './auth.fixture.ts'

const claims = { userId: 'user-ann', signInId: 'family' }
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string | undefined): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(part ?? '', 'base64url').toString()))

let clock: FakeClock
let tokens: AccessTokens
let good: string
beforeEach(async () => {
  clock = new FakeClock()
  tokens = createAccessTokens(jwtSecret, clock)
  good = await tokens.issue(claims)
})

/** The good token with other parts, signed with `secret` as HS256 would be. */
function forge(header: object, payload: object = {}, secret = jwtSecret): string {
  const [first, second] = good.split('.')
  const text = `${encode({ ...decode(first), ...header })}.${encode({ ...decode(second), ...payload })}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

test('a token says who and which sign-in, for 15 minutes', async () => {
  expect(await tokens.verify(good)).toEqual({ kind: 'valid', claims })
  clock.advance(15 * 60_000 - 1)
  expect((await tokens.verify(good)).kind).toBe('valid')
  clock.advance(1)
  expect(await tokens.verify(good)).toEqual({ kind: 'invalid', reason: 'ERR_JWT_EXPIRED' })
})

test('the forging of these tests would pass if nothing were forged', async () => {
  expect((await tokens.verify(forge({}))).kind).toBe('valid')
})

test('a token holds no e-mail, role or secret', () => {
  expect(Object.keys(decode(good.split('.')[1])).sort()).toEqual([
    'aud',
    'exp',
    'iat',
    'iss',
    'jti',
    'sid',
    'sub',
  ])
})

describe('refused', () => {
  const rows: readonly (readonly [string, () => string | Promise<string>])[] = [
    ['alg none, without a signature', () => `${forge({ alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['alg none, with a signature', () => forge({ alg: 'none' })],
    ['alg NONE', () => forge({ alg: 'NONE' })],
    ['another HMAC', () => forge({ alg: 'HS512' })],
    ['RS256 named, our secret used (RS→HS)', () => forge({ alg: 'RS256' })],
    ['signed with a key of its own in the header', () => forge({ jwk: { kty: 'oct', k: 'eA' } }, {}, 'x')],
    ['a key id that is a path', () => forge({ kid: '../../x' })],
    ['a key id that is a path to nothing', () => forge({ kid: '../../../../dev/null' }, {}, '')],
    ['no key id', () => forge({ kid: undefined })],
    ['another type', () => forge({ typ: 'JWT' })],
    ['an extension that must be understood', () => forge({ crit: ['x'], x: 1 })],
    ['unencoded payload', () => forge({ crit: ['b64'], b64: false })],
    ['another secret', () => forge({}, {}, 'another secret of 32 characters!!')],
    ['an empty secret', () => forge({}, {}, '')],
    ['another issuer', () => forge({}, { iss: 'evil' })],
    ['another audience', () => forge({}, { aud: 'other-api' })],
    ['no expiry', () => forge({}, { exp: undefined })],
    ['an expiry in ten years', () => forge({}, { iat: 0, exp: 4_000_000_000 })],
    ['not valid yet', () => forge({}, { nbf: 4_000_000_000 })],
    ['no sign-in', () => forge({}, { sid: undefined })],
    ['a sign-in that is an object', () => forge({}, { sid: { $gt: '' } })],
    ['no subject', () => forge({}, { sub: undefined })],
    ['a changed payload', () => good.replace(/\.[^.]+\./, `.${encode({ sub: 'root' })}.`)],
    ['a cut signature', () => good.slice(0, -4)],
    ['not a token', () => 'a.b.c'],
    ['nothing', () => ''],
    ['a megabyte', () => 'x'.repeat(1_000_000)],
    [
      'really signed with RS256',
      () => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
        const [first, second] = good.split('.')
        return new SignJWT(decode(second))
          .setProtectedHeader({ ...decode(first), alg: 'RS256' })
          .sign(privateKey)
      },
    ],
  ]
  test.each(rows)('%s', async (_, make) => {
    expect((await tokens.verify(await make())).kind).toBe('invalid')
  })
})

describe('a secret that is renewed', () => {
  const renewed = 'Zq8LxW2vRt6YpN4sKd9FhJ3gBm7CcE1a'
  const keyIdOf = (token: string): unknown => decode(token.split('.')[0])['kid']

  test('signs once every instance takes it, and is taken at once', async () => {
    const ahead = createAccessTokens(renewed, clock)
    tokens.renew(renewed)
    expect((await tokens.verify(await ahead.issue(claims))).kind).toBe('valid')
    expect(keyIdOf(await tokens.issue(claims))).toBe(keyIdOf(good))
    clock.advance(10_000)
    expect(keyIdOf(await tokens.issue(claims))).toBe(keyIdOf(await ahead.issue(claims)))
  })

  test('lets the tokens of the one before be good for as long as they live, and no longer', async () => {
    tokens.renew(renewed)
    clock.advance(9_000)
    const last = await tokens.issue(claims)
    clock.advance(15 * 60_000 - 1)
    expect((await tokens.verify(last)).kind).toBe('valid')
    clock.advance(1_001)
    const forged = createAccessTokens(jwtSecret, clock)
    expect(await tokens.verify(await forged.issue(claims))).toEqual({
      kind: 'invalid',
      reason: 'ERR_JWKS_NO_MATCHING_KEY',
    })
  })

  test('may be the one of before again, at once', async () => {
    tokens.renew(renewed)
    tokens.renew(jwtSecret)
    expect((await tokens.verify(good)).kind).toBe('valid')
    expect((await tokens.verify(await tokens.issue(claims))).kind).toBe('valid')
  })
})

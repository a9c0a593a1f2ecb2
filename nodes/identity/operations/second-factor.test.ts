import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../platform/kit/endpoints/principal.ts'
import { type IdentityUnderTest, openIdentity } from '../identity.fixture.ts'
import { address, password } from '../sign-in/auth.fixture.ts'
import { userCollection } from '../user.ts'
import { operation as beginSecondFactor } from './begin-second-factor.ts'
import { operation as confirmSecondFactor } from './confirm-second-factor.ts'
import { operation as endSecondFactorOf } from './end-second-factor-of.ts'
import { operation as endSecondFactor } from './end-second-factor.ts'

const email = 'ann@acme.example'
let it: IdentityUnderTest
let principal: Principal
beforeEach(async () => {
  it = await openIdentity()
  await it.add('ann')
  const found = await it.whoIs(await it.signIn('ann'))
  if (found === undefined) throw new Error('ann is signed in')
  principal = found
})
afterEach(() => it[Symbol.asyncDispose]())

/** The app: six digits by the secret and the clock, as RFC 6238 has them. */
const codeOf = (secret: string, atMs = it.world.clock.nowMs()): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs })

const login = async (code?: string, typed = password): Promise<string> =>
  (await it.world.auth.authenticator.login(email, typed, address, code)).kind

async function begun(): Promise<string> {
  const answer = await it.call(beginSecondFactor, { principal, body: { current: password } })
  return Object(answer.body).secret
}
async function confirmed(): Promise<{ readonly secret: string; readonly recoveryCodes: readonly string[] }> {
  const secret = await begun()
  const answer = await it.call(confirmSecondFactor, { principal, body: { code: codeOf(secret) } })
  it.world.clock.advance(30_000)
  return { secret, recoveryCodes: Object(answer.body).recoveryCodes }
}

describe('a second factor', () => {
  test('is asked for once a first code has shown that the app has it', async () => {
    const secret = await begun()
    expect(await login()).toBe('welcome')
    expect(await it.call(confirmSecondFactor, { principal, body: { code: '000000' } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.code' }] },
    })
    const done = await it.call(confirmSecondFactor, { principal, body: { code: codeOf(secret) } })
    expect(done).toMatchObject({ status: 200, headers: { 'Cache-Control': 'no-store' } })
    it.world.clock.advance(30_000)
    expect(await login()).toBe('code-needed')
    expect(await login(codeOf(secret), 'wrong')).toBe('refused')
    expect(await login(codeOf(secret))).toBe('welcome')
  })

  test('takes the code of a step before and after, each once', async () => {
    const { secret } = await confirmed()
    it.world.clock.advance(120_000)
    const [nowMs, stepMs] = [it.world.clock.nowMs(), 30_000]
    expect(await login(codeOf(secret, nowMs - 2 * stepMs))).toBe('refused')
    expect(await login(codeOf(secret, nowMs + 2 * stepMs))).toBe('refused')
    expect(await login(codeOf(secret, nowMs - stepMs))).toBe('welcome')
    expect(await login(codeOf(secret, nowMs - stepMs))).toBe('refused')
    expect(await login(codeOf(secret, nowMs + stepMs))).toBe('welcome')
    // One that is older than the last is as good as used.
    expect(await login(codeOf(secret, nowMs))).toBe('refused')
  })

  test('lets in one of two who show the same code at once', async () => {
    const { secret } = await confirmed()
    const outcomes = await Promise.all([login(codeOf(secret)), login(codeOf(secret))])
    expect(outcomes.toSorted()).toEqual(['refused', 'welcome'])
  })

  test('has ten recovery codes, each of which works once, however it is typed', async () => {
    const { recoveryCodes } = await confirmed()
    expect(new Set(recoveryCodes).size).toBe(10)
    const [first = '', second = ''] = recoveryCodes
    expect(await login(first)).toBe('welcome')
    expect(await login(first)).toBe('refused')
    expect(await login(second.replaceAll('-', ' ').toUpperCase())).toBe('welcome')
  })

  test('lies in the store sealed, its recovery codes as hashes', async () => {
    const { recoveryCodes, secret } = await confirmed()
    const stored = JSON.stringify(await it.world.store.platform(userCollection).get('ann'))
    expect(stored).not.toContain(secret)
    for (const code of recoveryCodes) expect(stored).not.toContain(code.replaceAll('-', ''))
  })

  test('is guessed at twenty times in a quarter of an hour at most, from wherever', async () => {
    await confirmed()
    const outcomes: string[] = []
    for (let n = 0; n < 25; n += 1) {
      const from = `198.51.100.${n}`
      outcomes.push((await it.world.auth.authenticator.login(email, password, from, '000000')).kind)
    }
    expect(outcomes.filter((kind) => kind === 'refused')).toHaveLength(20)
    expect(outcomes.slice(20)).toEqual(Array.from({ length: 5 }, () => 'throttled'))
  })

  test('goes with the password, not without', async () => {
    const { secret } = await confirmed()
    const end = (current: string): Promise<{ status: number }> =>
      it.call(endSecondFactor, { principal, body: { current } })
    expect((await end('wrong')).status).toBe(403)
    expect(await login()).toBe('code-needed')
    expect((await end(password)).status).toBe(204)
    expect(await login()).toBe('welcome')
    expect(await login(codeOf(secret))).toBe('welcome')
  })

  test('is not replaced while there is one', async () => {
    await confirmed()
    expect((await it.call(beginSecondFactor, { principal, body: { current: password } })).status).toBe(409)
    expect((await it.call(confirmSecondFactor, { principal, body: { code: '000000' } })).status).toBe(422)
  })

  test('is begun with the password only', async () => {
    expect((await it.call(beginSecondFactor, { principal, body: { current: 'wrong' } })).status).toBe(403)
  })

  test('is taken from who has lost it by whoever looks after users', async () => {
    await confirmed()
    expect((await it.call(endSecondFactorOf, { params: { id: 'ann' } })).status).toBe(204)
    expect(await login()).toBe('welcome')
    expect((await it.call(endSecondFactorOf, { orgId: 'other', params: { id: 'ann' } })).status).toBe(404)
  })

  test('stays through a restart', async () => {
    const { secret } = await confirmed()
    await it.world.restart()
    expect(await login()).toBe('code-needed')
    expect(await login(codeOf(secret))).toBe('welcome')
  })
})

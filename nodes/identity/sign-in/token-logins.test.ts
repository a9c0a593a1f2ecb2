import { describe, expect, test } from 'vitest'
import type { LoginOutcome, UserView } from '../authenticator.ts'
import { permissionsOf } from '../roles.ts'
import { userCollection } from '../user.ts'
import { address, createWorld, password, request, type World } from './auth.fixture.ts'

const dayMs = 86_400_000
type Welcome = Extract<LoginOutcome, { kind: 'welcome' }>

function welcome(outcome: LoginOutcome): Welcome {
  if (outcome.kind !== 'welcome') throw new Error(`Expected a welcome, got ${outcome.kind}`)
  return outcome
}
const login = async (world: World): Promise<Welcome> =>
  welcome(await world.auth.authenticator.login('ann@acme.example', password, address))
const kindOf = async (world: World, accessToken: string): Promise<string> =>
  (await world.auth.authenticator.authenticate(request({ authorization: `Bearer ${accessToken}` }))).kind

describe('signing in as an app', () => {
  test('the right password gives tokens and the user, without a hash', async () => {
    await using world = await createWorld()
    await world.addUser()
    const { tokens, user } = await login(world)
    expect(user).toEqual<UserView>({
      id: 'user-ann',
      email: 'ann@acme.example',
      name: 'Ann',
      role: 'platform-admin',
      orgId: null,
    })
    expect(tokens.expiresIn).toBe(900)
    const authentication = await world.auth.authenticator.authenticate(
      request({ authorization: `Bearer ${tokens.accessToken}`, method: 'POST' }),
    )
    expect(authentication).toEqual({
      kind: 'authenticated',
      principal: {
        kind: 'user',
        userId: 'user-ann',
        email: 'ann@acme.example',
        role: 'platform-admin',
        permissions: expect.arrayContaining(['modules:*:*:*']),
        orgId: undefined,
        by: 'token',
        signInId: expect.any(String),
      },
    })
  })

  test('the e-mail may be typed in capitals', async () => {
    await using world = await createWorld()
    await world.addUser()
    const outcome = await world.auth.authenticator.login(' ANN@Acme.example ', password, address)
    expect(outcome.kind).toBe('welcome')
  })

  test.each([
    ['a wrong password', 'ann@acme.example', 'wrong'],
    ['an unknown user', 'nobody@acme.example', password],
    ['a disabled user', 'off@acme.example', password],
  ])('%s is refused, always with the same answer', async (_, email, typed) => {
    await using world = await createWorld()
    await world.addUser()
    await world.addUser({ id: 'user-off', email: 'off@acme.example', isEnabled: false })
    expect(await world.auth.authenticator.login(email, typed, address)).toEqual({ kind: 'refused' })
  })

  test('a hash made with older parameters is renewed at the next login', async () => {
    const { createPasswordHasher } = await import('./password-hasher.ts')
    await using world = await createWorld()
    const old = await createPasswordHasher({ logN: 5, r: 8, p: 1 }).hash(password)
    await world.addUser({ passwordHash: old })
    await login(world)
    const stored = await world.store.platform(userCollection).get('user-ann')
    expect(stored?.document.passwordHash).toMatch(/^\$scrypt\$ln=6,/)
    await login(world)
  })
})

describe('refreshing', () => {
  test('gives new tokens; the old refresh token is spent', async () => {
    await using world = await createWorld()
    await world.addUser()
    const first = await login(world)
    const second = welcome(await world.auth.authenticator.refresh(first.tokens.refreshToken))
    expect(second.tokens.refreshToken).not.toBe(first.tokens.refreshToken)
    expect(await kindOf(world, second.tokens.accessToken)).toBe('authenticated')
    const third = welcome(await world.auth.authenticator.refresh(second.tokens.refreshToken))
    expect(await kindOf(world, third.tokens.accessToken)).toBe('authenticated')
  })

  test('a spent token brought again ends the whole family, access tokens included', async () => {
    await using world = await createWorld()
    await world.addUser()
    const other = await login(world)
    const stolen = await login(world)
    const renewed = welcome(await world.auth.authenticator.refresh(stolen.tokens.refreshToken))
    expect(await world.auth.authenticator.refresh(stolen.tokens.refreshToken)).toEqual({ kind: 'refused' })
    expect(await world.auth.authenticator.refresh(renewed.tokens.refreshToken)).toEqual({ kind: 'refused' })
    expect(await kindOf(world, renewed.tokens.accessToken)).toBe('rejected')
    expect(await kindOf(world, other.tokens.accessToken)).toBe('authenticated')
  })

  test('of 20 at once with the same token at most one is served, and the family ends', async () => {
    await using world = await createWorld()
    await world.addUser()
    const { tokens } = await login(world)
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => world.auth.authenticator.refresh(tokens.refreshToken)),
    )
    const served = outcomes.filter((outcome) => outcome.kind === 'welcome')
    expect(served.length).toBeLessThanOrEqual(1)
    for (const each of served) {
      expect(await kindOf(world, each.tokens.accessToken)).toBe('rejected')
      expect((await world.auth.authenticator.refresh(each.tokens.refreshToken)).kind).toBe('refused')
    }
    expect(await kindOf(world, tokens.accessToken)).toBe('rejected')
  })

  test('works for 30 days after the last use and over a restart', async () => {
    await using world = await createWorld()
    await world.addUser()
    const first = await login(world)
    world.clock.advance(30 * dayMs - 1)
    await world.restart()
    const second = welcome(await world.auth.authenticator.refresh(first.tokens.refreshToken))
    world.clock.advance(30 * dayMs)
    expect(await world.auth.authenticator.refresh(second.tokens.refreshToken)).toEqual({ kind: 'refused' })
  })

  test('what was never a token is refused', async () => {
    await using world = await createWorld()
    expect(await world.auth.authenticator.refresh('flr_x')).toEqual({ kind: 'refused' })
    expect(await world.auth.authenticator.refresh('')).toEqual({ kind: 'refused' })
  })

  test('the store holds no token that could be used', async () => {
    await using world = await createWorld()
    await world.addUser()
    const { tokens } = await login(world)
    const { refreshTokenCollection } = await import('../sign-in.ts')
    const stored = JSON.stringify(await world.store.platform(refreshTokenCollection).find())
    expect(stored).toContain('"isUsed":false')
    expect(stored).not.toContain(tokens.refreshToken)
  })
})

describe('revocation', () => {
  test('logging out ends the access token at once, and only that sign-in', async () => {
    await using world = await createWorld()
    await world.addUser()
    const phone = await login(world)
    const laptop = await login(world)
    expect(await kindOf(world, phone.tokens.accessToken)).toBe('authenticated')
    await world.auth.authenticator.logout(phone.tokens.refreshToken)
    expect(await kindOf(world, phone.tokens.accessToken)).toBe('rejected')
    expect((await world.auth.authenticator.refresh(phone.tokens.refreshToken)).kind).toBe('refused')
    expect(await kindOf(world, laptop.tokens.accessToken)).toBe('authenticated')
  })

  test('disabling the user is noticed within a second', async () => {
    await using world = await createWorld()
    await world.addUser()
    const { tokens } = await login(world)
    expect(await kindOf(world, tokens.accessToken)).toBe('authenticated')
    await world.change('user-ann', { isEnabled: false })
    world.clock.advance(1000)
    expect(await kindOf(world, tokens.accessToken)).toBe('rejected')
    expect((await world.auth.authenticator.refresh(tokens.refreshToken)).kind).toBe('refused')
  })

  test('another role is noticed within a second', async () => {
    await using world = await createWorld()
    await world.addUser()
    const { tokens } = await login(world)
    await world.change('user-ann', { role: 'member', orgId: 'acme' })
    world.clock.advance(1000)
    const found = await world.auth.authenticator.authenticate(
      request({ authorization: `Bearer ${tokens.accessToken}` }),
    )
    expect(found).toMatchObject({
      principal: { role: 'member', orgId: 'acme', permissions: permissionsOf('member') },
    })
  })

  test('sweeping removes what has expired and nothing else', async () => {
    await using world = await createWorld()
    await world.addUser()
    await login(world)
    world.clock.advance(29 * dayMs)
    const recent = await login(world)
    world.clock.advance(2 * dayMs)
    await world.auth.sweep()
    const { signInCollection } = await import('../sign-in.ts')
    expect(await world.store.platform(signInCollection).count()).toBe(1)
    expect((await world.auth.authenticator.refresh(recent.tokens.refreshToken)).kind).toBe('welcome')
  })
})

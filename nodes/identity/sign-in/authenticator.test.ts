import { describe, expect, test } from 'vitest'
import {
  request as anonymousRequest,
  createWorld,
  password,
  address,
  request,
  type World,
} from './auth.fixture.ts'

const host = 'fleetloom.test'

async function sessionOf(world: World): Promise<string> {
  const outcome = await world.auth.sessions.login('ann@acme.example', password, address)
  if (outcome.kind !== 'welcome') throw new Error(`Expected a welcome, got ${outcome.kind}`)
  return outcome.setCookie.split(';')[0] ?? ''
}

test('without credentials one is nobody, with cookies of others too', async () => {
  await using world = await createWorld()
  expect(await world.auth.authenticator.authenticate(anonymousRequest())).toEqual({ kind: 'anonymous' })
  const others = request({ cookie: 'theme=dark; fleetloom2=x; xfleetloom=y' })
  expect(await world.auth.authenticator.authenticate(others)).toEqual({ kind: 'anonymous' })
})

describe('the session cookie', () => {
  test('is out of reach for scripts and other sites', async () => {
    await using world = await createWorld()
    await world.addUser()
    const outcome = await world.auth.sessions.login('ann@acme.example', password, address)
    expect(outcome).toMatchObject({
      setCookie: expect.stringMatching(
        /^fleetloom=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/,
      ) as unknown,
    })
  })

  test('under TLS is bound to the host and to TLS, and no other counts', async () => {
    await using world = await createWorld({ isSecure: true })
    await world.addUser()
    const cookie = await sessionOf(world)
    expect(cookie).toMatch(/^__Host-fleetloom=[\w-]{43}$/)
    const again = await world.auth.sessions.login('ann@acme.example', password, address)
    expect(again).toMatchObject({ setCookie: expect.stringContaining('; Secure;') as unknown })
    expect((await world.auth.authenticator.authenticate(request({ cookie }))).kind).toBe('authenticated')
    const unprefixed = request({ cookie: cookie.replace('__Host-', '') })
    expect((await world.auth.authenticator.authenticate(unprefixed)).kind).toBe('anonymous')
  })

  test('says who, among other cookies and over a restart', async () => {
    await using world = await createWorld()
    await world.addUser()
    const cookie = `theme=dark; ${await sessionOf(world)}; x=y`
    await world.restart()
    expect(await world.auth.authenticator.authenticate(request({ cookie }))).toMatchObject({
      kind: 'authenticated',
      principal: { userId: 'user-ann', by: 'session' },
    })
  })

  test('ends after 12 hours, at logout, and when the user is disabled', async () => {
    await using world = await createWorld()
    await world.addUser()
    const kindOf = async (cookie: string): Promise<string> =>
      (await world.auth.authenticator.authenticate(request({ cookie }))).kind
    const first = await sessionOf(world)
    expect(await kindOf(first)).toBe('authenticated')
    expect(await world.auth.sessions.logout(first)).toMatch(/^fleetloom=; .*HttpOnly.*Max-Age=0$/)
    expect(await kindOf(first)).toBe('rejected')

    const second = await sessionOf(world)
    world.clock.advance(12 * 3_600_000 - 1)
    expect(await kindOf(second)).toBe('authenticated')
    world.clock.advance(1)
    expect(await kindOf(second)).toBe('rejected')

    const third = await sessionOf(world)
    expect(await kindOf(third)).toBe('authenticated')
    await world.change('user-ann', { isEnabled: false })
    world.clock.advance(1000)
    expect(await kindOf(third)).toBe('rejected')
  })

  test('made up, or the id of an app’s sign-in, it is rejected', async () => {
    await using world = await createWorld()
    await world.addUser()
    const { signInCollection } = await import('../sign-in.ts')
    const cookie = await sessionOf(world)
    const stored = await world.store.platform(signInCollection).find()
    const ids = stored.items.map(({ document }) => document.id)
    expect(ids).toHaveLength(1)
    expect(cookie).not.toContain(ids[0])
    for (const value of [...ids, 'x', '../../etc/passwd', 'x'.repeat(5000)]) {
      const made = request({ cookie: `fleetloom=${value}` })
      expect((await world.auth.authenticator.authenticate(made)).kind).toBe('rejected')
    }
  })

  test.each([
    ['POST', 'http://evil.example', 'cross-site'],
    ['DELETE', 'http://fleetloom.test:3000', 'cross-site'],
    ['PATCH', 'null', 'cross-site'],
    ['PUT', undefined, 'cross-site'],
    ['POST', 'http://fleetloom.test', 'authenticated'],
    ['GET', 'http://evil.example', 'authenticated'],
  ])('with %s from a page of %s it is %s', async (method, origin, kind) => {
    await using world = await createWorld()
    await world.addUser()
    const cookie = await sessionOf(world)
    const found = await world.auth.authenticator.authenticate(request({ cookie, method, origin, host }))
    expect(found.kind).toBe(kind)
  })

  test('is not looked at when an Authorization header speaks', async () => {
    await using world = await createWorld()
    await world.addUser()
    const cookie = await sessionOf(world)
    const both = request({ cookie, authorization: 'Bearer nonsense' })
    expect((await world.auth.authenticator.authenticate(both)).kind).toBe('rejected')
  })
})

describe('a device', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  test('with its password may create readings in its organization', async () => {
    await using world = await createWorld()
    const authorization = basic('AIR-0001:device password')
    expect(await world.auth.authenticator.authenticate(request({ authorization, method: 'POST' }))).toEqual({
      kind: 'authenticated',
      principal: {
        kind: 'device',
        deviceId: 'AIR-0001',
        orgId: 'acme',
        permissions: ['modules:iot:readings:create'],
      },
    })
  })

  test.each([
    ['a wrong password', basic('AIR-0001:wrong')],
    ['another device', basic('AIR-0002:device password')],
    ['no password', basic('AIR-0001:')],
    ['no colon', basic('AIR-0001')],
    ['no name', basic(':device password')],
    ['no base64', 'Basic %%%'],
    ['nothing after the scheme', 'Basic'],
    ['an unknown scheme', 'Digest x'],
    ['an e-mail and password of a user', basic(`ann@acme.example:${password}`)],
  ])('%s is rejected', async (_, authorization) => {
    await using world = await createWorld()
    await world.addUser()
    expect((await world.auth.authenticator.authenticate(request({ authorization }))).kind).toBe('rejected')
  })
})

describe('the token of a broker', () => {
  const brokerSecret = 'a-secret-between-the-broker-and-us'
  const ask = (world: World, token: string): ReturnType<World['auth']['authenticator']['authenticate']> =>
    world.auth.authenticator.authenticate(anonymousRequest({ authorization: `Bearer ${token}` }))

  test('lets it ask about its clients, and do nothing else', async () => {
    await using world = await createWorld({ brokerSecret: () => brokerSecret })
    expect(await ask(world, brokerSecret)).toEqual({
      kind: 'authenticated',
      principal: {
        kind: 'service',
        name: 'broker',
        orgId: undefined,
        permissions: ['modules:broker:access:decide'],
      },
    })
    expect((await ask(world, `${brokerSecret}x`)).kind).toBe('rejected')
  })

  test('means nothing where none was set', async () => {
    await using world = await createWorld()
    expect((await ask(world, brokerSecret)).kind).toBe('rejected')
    expect((await ask(world, 'undefined')).kind).toBe('rejected')
  })
})

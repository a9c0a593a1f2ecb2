import { describe, expect, test } from 'vitest'
import { throttleCollection } from '../throttle.ts'
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts'
import { address, cheapPasswords, createWorld, password, type World } from './auth.fixture.ts'

const minuteMs = 60_000
const email = 'ann@acme.example'

const guess = async (world: World, n: number, from = address, account = email): Promise<string> =>
  (await world.auth.authenticator.login(account, `guess ${n}`, from)).kind

function counting(): { readonly passwords: PasswordHasher; checks: number } {
  const counted = {
    checks: 0,
    passwords: {
      ...cheapPasswords,
      verify: (typed: string, stored: string | undefined) => {
        counted.checks += 1
        return cheapPasswords.verify(typed, stored)
      },
    },
  }
  return counted
}

describe('guessing one account', () => {
  test('after 5 wrong guesses from one address the right password is not even looked at there, for a quarter of an hour', async () => {
    await using world = await createWorld()
    await world.addUser()
    for (let n = 0; n < 5; n += 1) expect(await guess(world, n)).toBe('refused')
    const locked = await world.auth.authenticator.login(email, password, address)
    expect(locked).toEqual({ kind: 'throttled', retryAfterSeconds: 900 })
    world.clock.advance(15 * minuteMs - 1)
    expect((await world.auth.authenticator.login(email, password, address)).kind).toBe('throttled')
    world.clock.advance(1)
    expect((await world.auth.authenticator.login(email, password, address)).kind).toBe('welcome')
  })

  test('guesses from elsewhere lock nobody out: they slow down who is new, and not who was there before', async () => {
    const waits: number[] = []
    await using world = await createWorld({ wait: async (ms) => void waits.push(ms) })
    await world.addUser()
    const signIn = async (from: string): Promise<string> =>
      (await world.auth.authenticator.login(email, password, from)).kind
    expect(await signIn('192.0.2.1')).toBe('welcome')
    for (let n = 0; n < 40; n += 1) await guess(world, n, `198.51.100.${n}`)
    waits.length = 0
    expect(await signIn('192.0.2.1')).toBe('welcome')
    expect(waits).toEqual([])
    expect(await signIn('192.0.2.2')).toBe('welcome')
    expect(waits).toEqual([5000])
    expect(await signIn('192.0.2.2')).toBe('welcome')
    expect(waits).toHaveLength(1)
  })

  test('where an account was signed in from is forgotten after 90 days', async () => {
    const waits: number[] = []
    await using world = await createWorld({ wait: async (ms) => void waits.push(ms) })
    await world.addUser()
    const signIn = (): Promise<unknown> => world.auth.authenticator.login(email, password, '192.0.2.1')
    await signIn()
    world.clock.advance(90 * 24 * 60 * minuteMs)
    for (let n = 0; n < 12; n += 1) await guess(world, n, `198.51.100.${n}`)
    waits.length = 0
    await signIn()
    expect(waits).toEqual([750])
  })

  test('only so many wait at a time', async () => {
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => (letGo = resolve))
    let waiting = 0
    let isFull: () => void = () => undefined
    const full = new Promise<void>((resolve) => (isFull = resolve))
    await using world = await createWorld({
      wait: () => {
        waiting += 1
        if (waiting === 200) isFull()
        return held
      },
    })
    for (let n = 0; n < 10; n += 1) await guess(world, n, `198.51.100.${n}`)
    const waiters = Array.from({ length: 200 }, (_, n) => guess(world, n, `10.0.0.${n}`))
    await full
    expect(await guess(world, 0, '10.0.1.1')).toBe('throttled')
    letGo()
    await Promise.all(waiters)
    expect(waiting).toBe(200)
  })

  test('of 100 guesses at once from one address 5 are looked at, over app and browser together', async () => {
    const counted = counting()
    await using world = await createWorld({ passwords: counted.passwords })
    await world.addUser()
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, async (_, n) =>
        n % 2 === 0 ? guess(world, n) : (await world.auth.sessions.login(email, `guess ${n}`, address)).kind,
      ),
    )
    expect(counted.checks).toBe(5)
    expect(outcomes.filter((kind) => kind === 'refused')).toHaveLength(5)
    expect(outcomes.filter((kind) => kind === 'throttled')).toHaveLength(95)
  })

  test('a restart does not begin a new count', async () => {
    await using world = await createWorld()
    await world.addUser()
    for (let n = 0; n < 5; n += 1) await guess(world, n)
    await world.restart()
    expect((await world.auth.authenticator.login(email, password, address)).kind).toBe('throttled')
  })

  test('an unknown account is throttled like a known one', async () => {
    await using world = await createWorld()
    await world.addUser()
    const outcomesOf = async (account: string, from: string): Promise<unknown[]> => {
      const outcomes: unknown[] = []
      for (let n = 0; n < 12; n += 1) {
        outcomes.push(await world.auth.authenticator.login(account, `guess ${n}`, from))
      }
      return outcomes
    }
    const known = await outcomesOf(email, '198.51.100.1')
    expect(await outcomesOf('nobody@acme.example', '198.51.100.2')).toEqual(known)
  })

  test('capitals and blanks do not make another account', async () => {
    await using world = await createWorld()
    await world.addUser()
    for (let n = 0; n < 5; n += 1) await guess(world, n, address, n % 2 === 0 ? ' ANN@ACME.example' : email)
    expect(await guess(world, 11)).toBe('throttled')
  })

  test('the right password starts afresh', async () => {
    await using world = await createWorld()
    await world.addUser()
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 4; n += 1) expect(await guess(world, n, `198.51.100.${round}`)).toBe('refused')
      expect((await world.auth.authenticator.login(email, password, '198.51.100.77')).kind).toBe('welcome')
    }
  })
})

describe('guessing from one address', () => {
  test('after 30 accounts it waits, and uses up nobody’s attempts from then on; others are let in', async () => {
    await using world = await createWorld()
    await world.addUser()
    for (let n = 0; n < 30; n += 1) {
      expect(await guess(world, n, address, `user${n}@acme.example`)).toBe('refused')
    }
    for (let n = 0; n < 20; n += 1) expect(await guess(world, n)).toBe('throttled')
    expect((await world.auth.authenticator.login(email, password, '198.51.100.1')).kind).toBe('welcome')
  })

  test('one’s own right password in between does not reset the count', async () => {
    await using world = await createWorld()
    await world.addUser()
    const ownLogin = async (): Promise<string> =>
      (await world.auth.authenticator.login(email, password, address)).kind
    for (let n = 0; n < 30; n += 1) {
      expect(await ownLogin()).toBe('welcome')
      await guess(world, n, address, `user${n}@acme.example`)
    }
    expect(await guess(world, 0, address, 'somebody@acme.example')).toBe('throttled')
    // Who was signed in there before is not locked out by neighbours.
    expect(await ownLogin()).toBe('welcome')
  })

  test('a subscriber’s IPv6 addresses count as one', async () => {
    await using world = await createWorld()
    for (let n = 0; n < 30; n += 1) {
      await guess(world, n, `2001:db8:1:2::${n.toString(16)}`, `user${n}@acme.example`)
    }
    expect(await guess(world, 0, '2001:db8:1:2:ffff::1')).toBe('throttled')
    expect(await guess(world, 0, '2001:db8:1:3::1')).toBe('refused')
  })
})

test('a flood that cannot be checked is turned away, not queued without end', async () => {
  const passwords = createPasswordHasher({ logN: 10, r: 8, p: 1 })
  await using world = await createWorld({ passwords })
  const outcomes = await Promise.all(
    Array.from({ length: 120 }, (_, n) => guess(world, n, `198.51.100.${n}`, `user${n}@acme.example`)),
  )
  expect(outcomes).toContain('throttled')
  expect(outcomes).toContain('refused')
})

test('windows that have passed are swept', async () => {
  await using world = await createWorld()
  await guess(world, 0)
  world.clock.advance(16 * minuteMs)
  await guess(world, 1, '198.51.100.1', 'other@acme.example')
  await world.auth.sweep()
  expect(await world.store.platform(throttleCollection).count()).toBe(3)
})

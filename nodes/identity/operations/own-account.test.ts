import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fromEntry } from '../../platform/kit/events/event-codec.ts'
import type { Principal } from '../../platform/kit/endpoints/principal.ts'
import { type IdentityUnderTest, openIdentity } from '../identity.fixture.ts'
import { password } from '../sign-in/auth.fixture.ts'
import { operation as changePassword } from './change-password.ts'
import { operation as deleteSession } from './delete-session.ts'
import { operation as forgotPassword } from './forgot-password.ts'
import { operation as listSessions } from './list-sessions.ts'
import { operation as resetPassword } from './reset-password.ts'

let it: IdentityUnderTest
beforeEach(async () => {
  it = await openIdentity()
  await it.add('ann')
})
afterEach(() => it[Symbol.asyncDispose]())

const chosen = 'a sentence that only I know'
async function signedIn(token: string): Promise<Principal> {
  const principal = await it.whoIs(token)
  if (principal === undefined) throw new Error('not signed in')
  return principal
}

describe('another password', () => {
  test('ends all other sign-ins, and not the one by which it was chosen', async () => {
    const [here, elsewhere] = [await it.signIn('ann'), await it.signIn('ann')]
    const principal = await signedIn(here)
    await signedIn(elsewhere)
    expect(
      (await it.call(changePassword, { principal, body: { current: password, password: chosen } })).status,
    ).toBe(204)
    expect(await it.whoIs(here)).toBeDefined()
    expect(await it.whoIs(elsewhere)).toBeUndefined()
    await expect(it.signIn('ann')).rejects.toThrow('refused')
    expect(await it.signIn('ann', chosen)).toEqual(expect.any(String))
  })

  test.each<[string, object, number, string]>([
    ['the wrong current one', { current: 'wrong', password: chosen }, 403, 'body.current'],
    ['a weak one', { current: password, password: 'short' }, 422, 'body.password'],
    ['a field too many', { current: password, password: chosen, userId: 'bob' }, 400, 'body'],
  ])('is not chosen with %s', async (_, body, status, path) => {
    const principal = await signedIn(await it.signIn('ann'))
    expect(await it.call(changePassword, { principal, body })).toMatchObject({
      status,
      body: { errors: [{ path }] },
    })
    expect(await it.signIn('ann')).toEqual(expect.any(String))
  })

  test('is guessed at no more often than at the login', async () => {
    const principal = await signedIn(await it.signIn('ann'))
    const body = { current: 'wrong', password: chosen }
    const statuses: number[] = []
    for (let n = 0; n < 6; n += 1) statuses.push((await it.call(changePassword, { principal, body })).status)
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429])
  })
})

describe('a way back in', () => {
  const events = async (): Promise<readonly unknown[]> => {
    await it.settle()
    return it.relayed.map((entry) => {
      const { data, orgId, type } = fromEntry({ ...entry, offset: '0', deliveries: 0 })
      return { data, orgId, type }
    })
  }

  test('is asked for with the same answer whether or not there is such a user, and an event for who there is', async () => {
    for (const email of ['nobody@acme.example', 'ANN@acme.example', 'not even an address'])
      expect(await it.call(forgotPassword, { body: { email } })).toEqual({
        status: 202,
        body: undefined,
        headers: {},
      })
    expect(await events()).toEqual([
      {
        type: 'PasswordResetRequested',
        orgId: 'acme',
        data: { userId: 'ann', email: 'ann@acme.example', name: 'ann' },
      },
    ])
  })

  test('is sent three times an hour at most', async () => {
    for (let n = 0; n < 5; n += 1) {
      await it.call(forgotPassword, { body: { email: 'ann@acme.example' } })
      await it.settle()
    }
    expect(await events()).toHaveLength(3)
    it.world.clock.advance(3_600_000)
    await it.call(forgotPassword, { body: { email: 'ann@acme.example' } })
    expect(await events()).toHaveLength(4)
  })

  test('works once, for an hour, and ends every sign-in', async () => {
    const token = await it.signIn('ann')
    const way = await it.identity.passwords.resetToken('ann')
    const body = { token: way?.token, password: chosen }
    expect((await it.call(resetPassword, { body })).status).toBe(200)
    expect(await it.whoIs(token)).toBeUndefined()
    expect(await it.signIn('ann', chosen)).toEqual(expect.any(String))
    expect((await it.call(resetPassword, { body })).status).toBe(422)
    const late = await it.identity.passwords.resetToken('ann')
    it.world.clock.advance(3_600_000)
    expect((await it.call(resetPassword, { body: { token: late?.token, password: chosen } })).status).toBe(
      422,
    )
  })

  test('is none for somebody who is disabled or not there', async () => {
    const way = await it.identity.passwords.resetToken('ann')
    await it.world.change('ann', { isEnabled: false })
    expect((await it.call(resetPassword, { body: { token: way?.token, password: chosen } })).status).toBe(422)
    expect(await it.identity.passwords.resetToken('nobody')).toBeUndefined()
  })
})

describe('sessions', () => {
  test('are listed with the one that asks, and ended one by one', async () => {
    const [here, elsewhere] = [await it.signIn('ann'), await it.signIn('ann')]
    const principal = await signedIn(here)
    const { items } = Object((await it.call(listSessions, { principal })).body)
    expect(items).toHaveLength(2)
    expect(items).toContainEqual(
      expect.objectContaining({ kind: 'token', address: '203.0.113.7', isCurrent: true }),
    )
    const other = items.find((item: { isCurrent: boolean }) => !item.isCurrent)
    expect((await it.call(deleteSession, { principal, params: { id: other.id } })).status).toBe(204)
    expect(await it.whoIs(elsewhere)).toBeUndefined()
    expect(await it.whoIs(here)).toBeDefined()
    expect((await it.call(deleteSession, { principal, params: { id: other.id } })).status).toBe(404)
  })

  test('of somebody else are missing', async () => {
    await it.add('bob')
    const bob = await signedIn(await it.signIn('bob'))
    if (bob.kind !== 'user') throw new Error('bob is a person')
    const principal = await signedIn(await it.signIn('ann'))
    const answer = await it.call(deleteSession, { principal, params: { id: bob.signInId } })
    expect(answer).toEqual(await it.call(deleteSession, { principal, params: { id: 'never-was' } }))
    expect(answer.status).toBe(404)
  })
})

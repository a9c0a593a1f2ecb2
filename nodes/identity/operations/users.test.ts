import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from '../../http/call-operation.fixture.ts'
import type { AnyOperation } from '../../platform/kit/endpoints/operation.ts'
import { type IdentityUnderTest, openIdentity } from '../identity.fixture.ts'
import { aUser } from '../principals.fixture.ts'
import { userCollection } from '../user.ts'
import { operation as acceptInvitation } from './accept-invitation.ts'
import { operation as createUser } from './create-user.ts'
import { operation as deleteUser } from './delete-user.ts'
import { operation as disableUser } from './disable-user.ts'
import { operation as enableUser } from './enable-user.ts'
import { operation as getUser } from './get-user.ts'
import { operation as inviteUser } from './invite-user.ts'
import { operation as listUsers } from './list-users.ts'
import { operation as updateUser } from './update-user.ts'

let it: IdentityUnderTest
beforeEach(async () => {
  it = await openIdentity()
})
afterEach(() => it[Symbol.asyncDispose]())

const chosen = 'a sentence that only I know'
const wanted = { email: 'Zoe@Acme.example', name: 'Zoe', role: 'operator' }
const platform = { principal: aUser('platform-admin') }
const idsOf = (body: unknown): readonly string[] =>
  Object(body).items.map((user: { readonly email: string }) => user.email)

describe('users', () => {
  test('with a password can sign in at once', async () => {
    const made = await it.call(createUser, { body: { ...wanted, password: chosen } })
    expect(made).toMatchObject({
      status: 201,
      body: { user: { email: 'zoe@acme.example', role: 'operator', orgId: 'acme', isEnabled: true } },
    })
    expect(made.body).not.toHaveProperty('invitation')
    expect(JSON.stringify(made)).not.toMatch(/hash|scrypt/i)
    expect(await it.whoIs(await it.signIn('zoe', chosen))).toMatchObject({ role: 'operator', orgId: 'acme' })
  })

  test('without one get an invitation, which is stored as a hash and works once', async () => {
    const made = await it.call(createUser, { body: wanted })
    const { invitation, user } = Object(made.body)
    expect(user).toMatchObject({ isInvited: true })
    const secret: string = invitation.token.split('.')[1]
    const stored = await it.world.store.platform(userCollection).get(user.id)
    expect(JSON.stringify(stored)).not.toContain(secret)
    await expect(it.signIn('zoe', chosen)).rejects.toThrow('refused')
    const accept = { body: { token: invitation.token, password: chosen } }
    expect(await it.call(acceptInvitation, { body: { ...accept.body, password: 'short' } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.password' }] },
    })
    expect(await it.call(acceptInvitation, accept)).toMatchObject({
      status: 200,
      body: { user: { id: user.id } },
    })
    expect(await it.signIn('zoe', chosen)).toEqual(expect.any(String))
    expect(await it.call(acceptInvitation, accept)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.token' }] },
    })
  })

  test('who accepts an invitation may say what they are called', async () => {
    const { invitation } = Object((await it.call(createUser, { body: wanted })).body)
    const body = { token: invitation.token, password: chosen, name: 'Zoé' }
    expect(await it.call(acceptInvitation, { body: { ...body, name: '' } })).toMatchObject({ status: 400 })
    expect(await it.call(acceptInvitation, { body })).toMatchObject({
      status: 200,
      body: { user: { name: 'Zoé' } },
    })
  })

  test('of two who use an invitation at once, one does', async () => {
    const { invitation } = Object((await it.call(createUser, { body: wanted })).body)
    const accept = (password: string): Promise<{ status: number }> =>
      it.call(acceptInvitation, { body: { token: invitation.token, password } })
    const answers = await Promise.all([accept(chosen), accept('another sentence of somebody')])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422])
  })

  test.each(['', 'nobody.secret', '.', 'x', '__proto__.constructor'])(
    '%j is no invitation',
    async (token) => {
      const answer = await it.call(acceptInvitation, { body: { token, password: chosen } })
      expect(answer.status).toBe(token === '' ? 400 : 422)
    },
  )

  test('an invitation ends after a week, and when there is a newer one', async () => {
    const { invitation, user } = Object((await it.call(createUser, { body: wanted })).body)
    const accept = { body: { token: invitation.token, password: chosen } }
    const again = await it.call(inviteUser, { params: { id: user.id } })
    expect((await it.call(acceptInvitation, accept)).status).toBe(422)
    it.world.clock.advance(7 * 24 * 3_600_000)
    const newer = { body: { token: Object(again.body).invitation.token, password: chosen } }
    expect((await it.call(acceptInvitation, newer)).status).toBe(422)
  })

  test('are listed by organization, and by all of the platform for whoever has all', async () => {
    await it.add('ann')
    await it.add('xaver', { orgId: 'other' })
    await it.add('root', { role: 'platform-admin', orgId: null })
    expect(idsOf((await it.call(listUsers)).body)).toEqual(['ann@acme.example'])
    expect(idsOf((await it.call(listUsers, platform)).body)).toEqual(['ann@acme.example'])
    const everybody = await it.call(listUsers, { ...platform, orgId: '' })
    expect(idsOf(everybody.body)).toEqual(['ann@acme.example', 'root@acme.example', 'xaver@acme.example'])
  })

  test('are renamed, given other roles, removed', async () => {
    await it.add('ann')
    const params = { id: 'ann' }
    expect(await it.call(updateUser, { params, body: { name: 'Anna', role: 'member' } })).toMatchObject({
      status: 200,
      body: { user: { name: 'Anna', role: 'member' } },
    })
    expect((await it.call(getUser, { params })).body).toMatchObject({ user: { name: 'Anna' } })
    expect((await it.call(deleteUser, { params })).status).toBe(204)
    expect((await it.call(getUser, { params })).status).toBe(404)
  })

  test('of another organization are as missing as those that never were', async () => {
    await it.add('xaver', { orgId: 'other' })
    await it.add('root', { role: 'platform-admin', orgId: null })
    const routes: readonly [AnyOperation, Call][] = [
      [getUser, {}],
      [updateUser, { body: { name: 'New' } }],
      [deleteUser, {}],
      [disableUser, {}],
      [enableUser, {}],
      [inviteUser, {}],
    ]
    for (const [operation, parts] of routes) {
      const missing = await it.call(operation, { ...parts, params: { id: 'nobody' } })
      for (const id of ['xaver', 'root'])
        expect(await it.call(operation, { ...parts, params: { id } })).toEqual(missing)
      expect(missing.status).toBe(404)
    }
  })
})

describe('what somebody may give', () => {
  test.each<[string, string, number]>([
    ['org-admin', 'org-admin', 201],
    ['org-admin', 'member', 201],
    ['org-admin', 'company-admin', 403],
    ['org-admin', 'platform-admin', 403],
    ['company-admin', 'company-admin', 403],
    ['company-admin', 'org-admin', 201],
    ['platform-admin', 'company-admin', 201],
    ['platform-admin', 'platform-admin', 201],
    ['org-admin', 'no-such-role', 422],
  ])('%s, a new %s: %i', async (by, role, status) => {
    const made = await it.call(createUser, { principal: aUser(by), body: { ...wanted, role } })
    expect(made.status).toBe(status)
    const orgId = role === 'platform-admin' ? null : 'acme'
    expect(made.body).toMatchObject(status === 201 ? { user: { role, orgId } } : { status })
  })

  test('is up to their tier on the way of a change, too', async () => {
    await it.add('ann')
    const params = { id: 'ann' }
    for (const role of ['platform-admin', 'company-admin'])
      expect((await it.call(updateUser, { params, body: { role } })).status).toBe(403)
    expect((await it.call(updateUser, { params, body: { role: 'org-admin' } })).status).toBe(200)
  })

  test('does not reach those who hold more', async () => {
    await it.add('boss', { role: 'company-admin' })
    const params = { id: 'boss' }
    for (const [operation, body] of [
      [disableUser, undefined],
      [deleteUser, undefined],
      [inviteUser, undefined],
      [updateUser, { role: 'member' }],
    ] as const)
      expect((await it.call(operation, { params, body })).status).toBe(403)
  })

  test.each(['orgId', 'isEnabled', 'passwordHash', 'id', 'email'])('has no %s in it', async (field) => {
    await it.add('ann')
    const answer = await it.call(updateUser, { params: { id: 'ann' }, body: { [field]: 'x' } })
    expect(answer).toMatchObject({ status: 400 })
    expect(JSON.stringify(answer.body)).toContain(field)
  })
})

describe('the last administrator', () => {
  const routes: readonly [string, AnyOperation, Call][] = [
    ['disabled', disableUser, {}],
    ['demoted', updateUser, { body: { role: 'operator' } }],
    ['removed', deleteUser, {}],
  ]
  test.each(routes)('of an organization is not %s', async (_, operation, parts) => {
    await it.add('ann', { role: 'org-admin' })
    for (const as of [{}, platform])
      expect((await it.call(operation, { ...parts, ...as, params: { id: 'ann' } })).status).toBe(409)
  })

  test.each(routes)(
    'of the platform is not %s, whether an organization is named or not',
    async (_, operation, parts) => {
      await it.add('root', { role: 'platform-admin', orgId: null })
      for (const orgId of ['', 'acme'])
        expect(
          (await it.call(operation, { ...parts, ...platform, orgId, params: { id: 'root' } })).status,
        ).toBe(409)
    },
  )

  test('but one goes when there is another, who is told where to', async () => {
    await it.add('root', { role: 'platform-admin', orgId: null })
    await it.add('other', { role: 'platform-admin', orgId: null })
    const demote = { ...platform, params: { id: 'root' }, body: { role: 'operator' } }
    expect(await it.call(updateUser, { ...demote, orgId: '' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'header.X-Organization' }] },
    })
    expect(await it.call(updateUser, demote)).toMatchObject({
      status: 200,
      body: { user: { role: 'operator', orgId: 'acme' } },
    })
  })
})

describe('whoever may less', () => {
  test.each<[string, AnyOperation, Call]>([
    ['is disabled', disableUser, {}],
    ['is demoted', updateUser, { body: { role: 'member' } }],
    ['is removed', deleteUser, {}],
  ])('because they are one who %s is signed out at once', async (_, operation, parts) => {
    await it.add('ann')
    const token = await it.signIn('ann')
    expect(await it.whoIs(token)).toBeDefined()
    await it.call(operation, { ...parts, params: { id: 'ann' } })
    expect(await it.whoIs(token)).toBeUndefined()
  })

  test('is not whoever may more', async () => {
    await it.add('ann')
    const token = await it.signIn('ann')
    await it.call(updateUser, { params: { id: 'ann' }, body: { role: 'org-admin' } })
    expect(await it.whoIs(token)).toMatchObject({ role: 'org-admin' })
  })

  test('stays out after being enabled again, until they sign in', async () => {
    await it.add('ann')
    const token = await it.signIn('ann')
    await it.call(disableUser, { params: { id: 'ann' } })
    await expect(it.signIn('ann')).rejects.toThrow('refused')
    await it.call(enableUser, { params: { id: 'ann' } })
    expect(await it.whoIs(token)).toBeUndefined()
    expect(await it.whoIs(await it.signIn('ann'))).toBeDefined()
  })
})

test('an e-mail is one user’s over the whole platform', async () => {
  await it.add('zoe', { orgId: 'other' })
  expect(await it.call(createUser, { body: wanted })).toMatchObject({
    status: 409,
    body: { errors: [{ path: 'body.email' }] },
  })
})

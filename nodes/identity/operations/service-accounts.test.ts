import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from '../../http/call-operation.fixture.ts'
import type { AnyOperation } from '../../platform/kit/endpoints/operation.ts'
import { type IdentityUnderTest, openIdentity } from '../identity.fixture.ts'
import { aUser } from '../principals.fixture.ts'
import { signInCollection } from '../sign-in.ts'
import { startMs } from '../sign-in/auth.fixture.ts'
import { operation as createApiKey } from './create-api-key.ts'
import { operation as createServiceAccount } from './create-service-account.ts'
import { operation as deleteApiKey } from './delete-api-key.ts'
import { operation as deleteServiceAccount } from './delete-service-account.ts'
import { operation as getServiceAccount } from './get-service-account.ts'
import { operation as listServiceAccounts } from './list-service-accounts.ts'
import { operation as updateServiceAccount } from './update-service-account.ts'

let it: IdentityUnderTest
let id: string
beforeEach(async () => {
  it = await openIdentity()
  const made = await it.call(createServiceAccount, { body: { name: 'Exporter', role: 'operator' } })
  id = Object(made.body).serviceAccount.id
})
afterEach(() => it[Symbol.asyncDispose]())

const inMs = (ms: number): string => new Date(startMs + ms).toISOString()
async function aKey(expiresAt?: string): Promise<{ readonly keyId: string; readonly secret: string }> {
  const body = { name: 'Nightly', ...(expiresAt === undefined ? {} : { expiresAt }) }
  const made = await it.call(createApiKey, { params: { id }, body })
  const { key, secret } = Object(made.body)
  return { keyId: key.id, secret }
}

describe('a key', () => {
  test('is the account, with what its role may', async () => {
    const { secret } = await aKey()
    expect(await it.whoIs(secret)).toMatchObject({
      kind: 'service-account',
      accountId: id,
      role: 'operator',
      orgId: 'acme',
      permissions: expect.arrayContaining(['modules:iot:commands:*']),
    })
  })

  test('is kept as a hash, and shown without anything to sign in with', async () => {
    const { keyId, secret } = await aKey()
    const kept = await it.world.store.platform(signInCollection).find({ kind: 'key' })
    expect(JSON.stringify(kept)).not.toContain(secret.slice(4))
    const shown = await it.call(getServiceAccount, { params: { id } })
    expect(shown.body).toMatchObject({ serviceAccount: { keys: [{ id: keyId, name: 'Nightly' }] } })
    expect(JSON.stringify(shown)).not.toContain(secret.slice(4))
    // Whoever reads it in the list has no key: it is the hash of one.
    expect(await it.whoIs(`flk_${keyId}`)).toBeUndefined()
  })

  test('is refused at once when it is revoked, and others are not', async () => {
    const [one, other] = [await aKey(), await aKey()]
    expect(await it.whoIs(one.secret)).toBeDefined()
    expect((await it.call(deleteApiKey, { params: { id, keyId: one.keyId } })).status).toBe(204)
    expect(await it.whoIs(one.secret)).toBeUndefined()
    expect(await it.whoIs(other.secret)).toBeDefined()
    expect((await it.call(deleteApiKey, { params: { id, keyId: one.keyId } })).status).toBe(404)
  })

  test('ends when it says, and after a year when it says nothing', async () => {
    const [short, long] = [await aKey(inMs(60_000)), await aKey()]
    it.world.clock.advance(59_999)
    expect(await it.whoIs(short.secret)).toBeDefined()
    it.world.clock.advance(1)
    expect(await it.whoIs(short.secret)).toBeUndefined()
    it.world.clock.advance(364 * 24 * 3_600_000)
    expect(await it.whoIs(long.secret)).toBeDefined()
    it.world.clock.advance(24 * 3_600_000)
    expect(await it.whoIs(long.secret)).toBeUndefined()
  })

  test('may what the role may that the account has now', async () => {
    const { secret } = await aKey()
    const changed = await it.call(updateServiceAccount, { params: { id }, body: { role: 'member' } })
    expect(changed).toMatchObject({ status: 200, body: { serviceAccount: { role: 'member' } } })
    expect(await it.whoIs(secret)).toMatchObject({ role: 'member' })
  })

  test('goes with the account', async () => {
    const { secret } = await aKey()
    expect((await it.call(deleteServiceAccount, { params: { id } })).status).toBe(204)
    expect(await it.whoIs(secret)).toBeUndefined()
    expect(await it.world.store.platform(signInCollection).count({ kind: 'key' })).toBe(0)
  })

  test.each(['flk_', 'flk_x', `flk_${'a'.repeat(43)}`])('is not %s', async (secret) => {
    expect(await it.whoIs(secret)).toBeUndefined()
  })

  test('is one of twenty at most', async () => {
    for (let n = 0; n < 20; n += 1) await aKey()
    expect((await it.call(createApiKey, { params: { id }, body: { name: 'x' } })).status).toBe(409)
  })
})

describe('refused is', () => {
  const create = { name: 'Other', role: 'operator' }
  test.each<[string, AnyOperation, Call, number, string?]>([
    [
      'a role above one’s own',
      createServiceAccount,
      { principal: aUser('operator'), body: { ...create, role: 'org-admin' } },
      403,
    ],
    [
      'a tier above organizations',
      createServiceAccount,
      { principal: aUser('platform-admin'), body: { ...create, role: 'company-admin' } },
      422,
      'body.role',
    ],
    [
      'a role that there is not',
      createServiceAccount,
      { body: { ...create, role: 'none' } },
      422,
      'body.role',
    ],
    [
      'a name that is taken',
      createServiceAccount,
      { body: { ...create, name: 'Exporter' } },
      409,
      'body.name',
    ],
    ['a field too many', createServiceAccount, { body: { ...create, orgId: 'other' } }, 400, 'body'],
    ['an end in the past', createApiKey, { body: { name: 'x', expiresAt: inMs(0) } }, 422, 'body.expiresAt'],
    [
      'an end that is none',
      createApiKey,
      { body: { name: 'x', expiresAt: inMs(6 * 365 * 24 * 3_600_000) } },
      422,
      'body.expiresAt',
    ],
    [
      'an end that is no time',
      createApiKey,
      { body: { name: 'x', expiresAt: 'tomorrow' } },
      400,
      'body.expiresAt',
    ],
  ])('%s', async (_, operation, parts, status, path) => {
    const answer = await it.call(operation, { params: { id }, ...parts })
    expect(answer).toMatchObject({ status, ...(path && { body: { errors: [{ path }] } }) })
  })

  test('whatever is another organization’s, in the words for what never was', async () => {
    const { keyId } = await aKey()
    const routes: readonly [AnyOperation, Call][] = [
      [getServiceAccount, {}],
      [updateServiceAccount, { body: { name: 'New' } }],
      [deleteServiceAccount, {}],
      [createApiKey, { body: { name: 'x' } }],
      [deleteApiKey, {}],
    ]
    for (const [operation, parts] of routes) {
      const foreign = await it.call(operation, { ...parts, orgId: 'other', params: { id, keyId } })
      const missing = await it.call(operation, {
        ...parts,
        orgId: 'other',
        params: { id: 'none', keyId: 'none' },
      })
      expect(foreign).toEqual(missing)
      expect(foreign.status).toBe(404)
    }
    expect(await it.call(listServiceAccounts, { orgId: 'other' })).toMatchObject({ body: { items: [] } })
    expect(await it.call(listServiceAccounts)).toMatchObject({ body: { items: [{ name: 'Exporter' }] } })
  })
})

import { array, assert, asyncProperty, constantFrom, integer, nat, tuple } from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { Store } from '../platform/store/port.ts'
import { departureCollection, openDepartures } from './departures.ts'
import { administers, type User, userCollection } from './user.ts'
import { openUserChanges, type UserChanges } from './user-changes.ts'

const instances = useInstances(0)
const signIns = { changed: () => undefined, closeAllOf: async () => undefined, renew: async () => undefined }
const admin = (id: string, changes: Partial<User> = {}): User => ({
  id,
  email: `${id}@acme.example`,
  name: id,
  role: 'org-admin',
  orgId: 'acme',
  passwordHash: 'h',
  isEnabled: true,
  createdAt: '2026-01-01T00:00:00.000Z',
  ...changes,
})

let store: Store
let changes: UserChanges
beforeEach(() => {
  store = instances.store
  changes = openUserChanges({ store, clock: instances.clock, signIns })
})
const add = async (...users: readonly User[]): Promise<void> => {
  for (const user of users) await store.platform(userCollection).upsert(user)
}
const administrators = async (): Promise<readonly string[]> => {
  const { items } = await store.platform(userCollection).find({}, { limit: 1000 })
  return items.flatMap(({ document }) => (administers(document) === undefined ? [] : [document.id]))
}
const disable = async (id: string): Promise<string> =>
  (await changes.change(id, () => ({ kind: 'commands', commands: [{ type: 'DisableUser' }] }))).kind
const remove = async (id: string): Promise<string> =>
  (await changes.change(id, () => ({ kind: 'remove' }))).kind
const demote = async (id: string): Promise<string> => {
  const command = { type: 'ChangeRole', role: 'member', orgId: 'acme', isMore: false } as const
  return (await changes.change(id, () => ({ kind: 'commands', commands: [command] }))).kind
}

describe('the last administrator of an organization', () => {
  test.each([disable, remove, demote])('cannot go (%#), and can once there is another', async (leave) => {
    await add(admin('ann'))
    expect(await leave('ann')).toBe('last-admin')
    expect(await administrators()).toEqual(['ann'])
    await add(admin('bob'))
    expect(await leave('ann')).toBe('done')
    expect(await administrators()).toEqual(['bob'])
  })

  test.each<[string, User]>([
    ['of another organization', admin('bob', { orgId: 'other' })],
    ['who is disabled', admin('bob', { isEnabled: false })],
    ['who was invited and has not come', admin('bob', { passwordHash: null })],
    ['of the platform', admin('bob', { role: 'platform-admin', orgId: null })],
  ])('has no other in one %s', async (_, other) => {
    await add(admin('ann'), other)
    expect(await disable('ann')).toBe('last-admin')
  })

  test('of the platform is one too', async () => {
    await add(admin('root', { role: 'platform-admin', orgId: null }), admin('ann'))
    expect(await disable('root')).toBe('last-admin')
  })
})

test('of all administrators who leave at once, one stays', async () => {
  await assert(
    asyncProperty(
      integer({ min: 1, max: 5 }),
      array(tuple(nat(4), constantFrom(disable, remove, demote)), {
        minLength: 1,
        maxLength: 12,
      }),
      async (count, leaving) => {
        const ids = Array.from({ length: count }, (_, n) => `admin-${n}`)
        await store.platform(userCollection).removeMany({})
        await add(...ids.map((id) => admin(id)))
        const outcomes = await Promise.all(leaving.map(([n, leave]) => leave(`admin-${n}`)))
        const left = await administrators()
        expect(left.length).toBeGreaterThan(0)
        // Nobody is refused who had somebody to leave it to.
        expect(outcomes.includes('last-admin') ? left.length : 1).toBe(1)
      },
    ),
    { seed: 20_260_301, numRuns: 30 },
  )
})

test('who was on the way out when their process died does not keep others, and does not go behind their backs', async () => {
  await add(admin('ann'), admin('bob'))
  const users = store.platform(userCollection)
  const ann = await users.get('ann')
  if (ann === undefined) throw new Error('ann is there')
  let wake: (() => void) | undefined
  const asleep = new Promise<void>((resolve) => (wake = resolve))
  let hasSaidSo: (() => void) | undefined
  const saidSo = new Promise<void>((resolve) => (hasSaidSo = resolve))
  const slow = openDepartures(store).leave(ann.document, ann.version, async () => {
    hasSaidSo?.()
    await asleep
    return (await users.replace({ ...ann.document, isEnabled: false }, ann.version)).kind === 'replaced'
  })
  await saidSo
  expect(await disable('bob')).toBe('done')
  wake?.()
  expect(await slow).toBe('stale')
  expect(await administrators()).toEqual(['ann'])
  expect(await disable('ann')).toBe('last-admin')
  const { items } = await store.platform(departureCollection).find()
  expect(items.map(({ document }) => document.leaving)).toEqual([null])
})

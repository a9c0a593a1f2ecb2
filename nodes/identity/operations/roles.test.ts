import { expect, test } from 'vitest'
import { useInstances } from '../../platform/kit/jobs/instances.fixture.ts'
import { type Answer, type Call, callOperation } from '../../http/call-operation.fixture.ts'
import type { AnyOperation } from '../../platform/kit/endpoints/operation.ts'
import { openOwnRoles } from '../own-roles.ts'
import { aUser } from '../principals.fixture.ts'
import { userCollection } from '../user.ts'
import { operation as createRole } from './create-role.ts'
import { operation as deleteRole } from './delete-role.ts'
import { operation as listRoles } from './list-roles.ts'
import { operation as updateRole } from './update-role.ts'

const instances = useInstances(0)
let changes = 0

function call(operation: AnyOperation, parts: Call = {}): Promise<Answer> {
  const { store } = instances
  const identity = { roles: openOwnRoles(store, () => (changes += 1)) }
  return callOperation(operation, { store, identity }, { principal: aUser('org-admin'), ...parts })
}
const caretaker = { key: 'caretaker', name: 'Caretaker', permissions: ['modules:iot:devices:read'] }

test('roles of permissions are made, listed behind the tiers, changed and removed', async () => {
  const made = await call(createRole, { body: caretaker })
  expect(made).toMatchObject({
    status: 201,
    body: { role: { ...caretaker, isTier: false } },
    headers: { Location: '/api/v1/roles/caretaker' },
  })
  const { items }: { items: { key: string }[] } = Object((await call(listRoles)).body)
  const tiers = ['platform-admin', 'company-admin', 'org-admin', 'operator', 'member']
  expect(items.map(({ key }) => key)).toEqual([...tiers, 'caretaker'])
  const before = changes
  const permissions = ['modules:iot:*:read']
  expect(await call(updateRole, { params: { key: 'caretaker' }, body: { permissions } })).toMatchObject({
    status: 200,
    body: { role: { name: 'Caretaker', permissions } },
  })
  expect(changes).toBe(before + 1)
  expect((await call(deleteRole, { params: { key: 'caretaker' } })).status).toBe(204)
  expect((await call(deleteRole, { params: { key: 'caretaker' } })).status).toBe(404)
})

test.each<[string, AnyOperation, Call, number]>([
  [
    'more than one holds',
    createRole,
    { body: { ...caretaker, permissions: ['modules:flows:flows:read'] } },
    403,
  ],
  ['everything', createRole, { body: { ...caretaker, permissions: ['modules:*:*:*'] } }, 403],
  ['what is no permission', createRole, { body: { ...caretaker, permissions: ['iot:read'] } }, 400],
  ['a tier’s key', createRole, { body: { ...caretaker, key: 'operator' } }, 409],
  ['a key that is taken', createRole, { body: { ...caretaker, key: 'guard' } }, 409],
  ['a field that there is not', createRole, { body: { ...caretaker, isTier: true } }, 400],
  ['another key', updateRole, { params: { key: 'guard' }, body: { key: 'other' } }, 400],
  [
    'a change to more than one holds',
    updateRole,
    { params: { key: 'guard' }, body: { permissions: ['modules:*:*:*'] } },
    403,
  ],
  ['a change of a tier', updateRole, { params: { key: 'operator' }, body: { name: 'Other' } }, 403],
  [
    'a change of what has more than one holds',
    updateRole,
    { params: { key: 'watcher' }, body: { name: 'Other' } },
    403,
  ],
  ['the end of what has more than one holds', deleteRole, { params: { key: 'watcher' } }, 403],
  ['the end of a role that somebody has', deleteRole, { params: { key: 'guard' } }, 409],
  [
    'another organization’s',
    updateRole,
    { orgId: 'other', params: { key: 'guard' }, body: { name: 'Other' } },
    404,
  ],
])('%s is refused', async (_, operation, parts, status) => {
  await call(createRole, { body: { ...caretaker, key: 'guard' } })
  const principal = aUser('platform-admin')
  await call(createRole, {
    principal,
    body: { ...caretaker, key: 'watcher', permissions: ['modules:flows:flows:read'] },
  })
  await instances.store.platform(userCollection).insert({
    id: 'u1',
    email: 'ann@acme.example',
    name: 'Ann',
    role: 'guard',
    orgId: 'acme',
    passwordHash: null,
    isEnabled: true,
    createdAt: '2026-01-01T00:00:00.000Z',
  })
  const { items } = Object((await call(listRoles)).body)
  expect((await call(operation, parts)).status).toBe(status)
  expect(Object((await call(listRoles)).body).items).toEqual(items)
})

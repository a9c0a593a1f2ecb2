import { expect, test } from 'vitest'
import { openIdentity } from '../nodes/identity/identity.fixture.ts'
import { addDemoUsers } from './users.ts'

test('one of each tier can sign in, with a password that is made once', async () => {
  await using it = await openIdentity()
  const { authenticator } = it.world.auth
  await it.identity.createOrganization({ id: 'demo', name: 'Demo' })
  const made = await addDemoUsers(it.identity.users, 'demo')
  const roles: (string | undefined)[] = []
  for (const { email, password } of made) {
    const outcome = await authenticator.login(email, password, '203.0.113.7')
    roles.push(outcome.kind === 'welcome' ? outcome.user.role : outcome.kind)
  }
  expect(roles).toEqual(['company-admin', 'org-admin', 'operator', 'member'])
  expect(new Set(made.map(({ password }) => password)).size).toBe(4)
  expect(await addDemoUsers(it.identity.users, 'demo')).toEqual([])
})

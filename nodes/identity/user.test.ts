import { expect, test } from 'vitest'
import { normalizeEmail, toUserView, type User, userSchema } from './user.ts'

const user: User = {
  id: 'user-ann',
  email: 'ann@acme.example',
  name: 'Ann',
  role: 'operator',
  orgId: 'acme',
  passwordHash: '$scrypt$…',
  isEnabled: true,
  createdAt: '2026-01-01T00:00:00.000Z',
}

test('what leaves the platform has no hash', () => {
  expect(Object.keys(toUserView(user))).toEqual(['id', 'email', 'name', 'role', 'orgId'])
})

test.each([
  ['an operator without an organization, who could name any', { orgId: null }],
  ['a platform admin with an organization', { role: 'platform-admin' }],
  ['an e-mail in capitals, which would be a second account', { email: 'Ann@acme.example' }],
  ['what cannot be a role', { role: '__proto__' }],
  ['a property nobody defined', { isRoot: true }],
])('%s is refused', (_, change) => {
  expect(userSchema.safeParse(user).success).toBe(true)
  expect(userSchema.safeParse({ ...user, ...change }).success).toBe(false)
})

test('one mailbox is spelled one way', () => {
  expect(normalizeEmail('  ＡNN@Acme.Example ')).toBe('ann@acme.example')
})

import { expect, test } from 'vitest'
import { chooseOrganization, pageUrl, type Session } from './session.ts'
import { isDark } from './styles.ts'

const organizations = [
  { id: 'a', name: 'A' },
  { id: 'b', name: 'B' },
]
const session = (parts: Partial<Session>): Session => ({
  user: { email: 'a@b.c', name: 'A', orgId: null },
  organizations,
  organization: 'b',
  ...parts,
})

test('the address counts before the last choice, and neither when it is not ours to see', () => {
  expect(chooseOrganization(organizations, ['b', 'a'])).toBe('b')
  expect(chooseOrganization(organizations, ['foreign', 'b'])).toBe('b')
  expect(chooseOrganization(organizations, ['foreign', null])).toBe('a')
  expect(chooseOrganization([], ['a'])).toBeUndefined()
})

test('links name the organization only where there is a choice', () => {
  expect(pageUrl(session({}), 'device', 'x&y')).toBe('/dashboard/device?device=x%26y&organization=b')
  expect(pageUrl(session({ organizations: [], organization: undefined }), 'device', 'x')).toBe(
    '/dashboard/device?device=x',
  )
  expect(pageUrl(session({ organizations: [] }), 'overview')).toBe('/dashboard/overview')
})

test('a dark background is told from a light one', () => {
  expect(isDark('17, 19, 21')).toBe(true)
  expect(isDark('246,247,249')).toBe(false)
  expect(isDark('128, 128, 128')).toBe(false)
})

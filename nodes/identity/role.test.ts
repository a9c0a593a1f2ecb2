import { describe, expect, test } from 'vitest'
import { type Granter, includesRole, mayGrant, roleViewSchema, tierView, tierViews } from './role.ts'
import { permissionsOf, roles } from './roles.ts'

const holder = (role: string): Granter => ({ role, permissions: permissionsOf(role) })
const own = (...permissions: readonly string[]): { key: string; permissions: string[] } => ({
  key: 'own',
  permissions: [...permissions],
})

describe('who may give a role', () => {
  test('each tier those up to its own, and the two above organizations a platform admin only', () => {
    const given = (role: string): readonly string[] =>
      tierViews.filter((tier) => mayGrant(holder(role), tier)).map(({ key }) => key)
    expect(given('platform-admin')).toEqual(roles)
    expect(given('company-admin')).toEqual(['org-admin', 'operator', 'member'])
    expect(given('org-admin')).toEqual(['org-admin', 'operator', 'member'])
    expect(given('operator')).toEqual(['operator', 'member'])
    expect(given('member')).toEqual(['member'])
  })

  test('a role of one’s own up to what one holds', () => {
    expect(mayGrant(holder('org-admin'), own('modules:iot:devices:*', 'modules:audit:entries:read'))).toBe(
      true,
    )
    expect(mayGrant(holder('operator'), own('modules:iot:*:*'))).toBe(false)
    expect(mayGrant(holder('org-admin'), own('modules:iot:devices:read', 'modules:flows:flows:read'))).toBe(
      false,
    )
    expect(mayGrant(holder('org-admin'), own('modules:*:*:*'))).toBe(false)
    expect(mayGrant(holder('platform-admin'), own('modules:flows:flows:read'))).toBe(true)
  })

  test('whoever holds everything without being a platform admin makes none', () => {
    const program: Granter = { role: 'own', permissions: ['modules:*:*:*'] }
    expect(mayGrant(program, { key: 'platform-admin', permissions: ['modules:*:*:*'] })).toBe(false)
  })
})

test('a role includes another when it takes nothing away', () => {
  const [admin, operator] = [tierView('org-admin'), tierView('operator')]
  if (admin === undefined || operator === undefined) throw new Error('tiers are always there')
  expect([includesRole(admin, operator), includesRole(operator, admin)]).toEqual([true, false])
})

test.each([
  'modules:iot:devices',
  'modules:iot:devices:read:all',
  'iot:devices:read',
  'modules:IOT:*:*',
  'modules::x:y',
])('%s is no permission', (permission) => {
  const role = { key: 'own', name: 'Own', permissions: [permission], isTier: false }
  expect(roleViewSchema.safeParse(role).success).toBe(false)
})

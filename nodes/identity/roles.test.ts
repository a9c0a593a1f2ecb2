import { expect, test } from 'vitest'
import { isGranted, type Permission } from '../platform/kit/endpoints/permission.ts'
import { devicePermissions, editorScopeOf, permissionsOf, roles } from './roles.ts'

const may = (role: string, permission: Permission): boolean => isGranted(permissionsOf(role), permission)

test.each(roles.slice(1).map((below, index) => [roles[index] ?? '', below]))(
  '%s may do all that %s may',
  (role, below) => {
    expect(permissionsOf(role)).toEqual(expect.arrayContaining([...permissionsOf(below)]))
  },
)

const everyone = roles
const rows: readonly (readonly [Permission, readonly string[]])[] = [
  ['modules:identity:companies:create', ['platform-admin']],
  ['modules:platform:quotas:update', ['platform-admin']],
  ['modules:flows:flows:read', ['platform-admin']],
  ['modules:identity:organizations:create', ['platform-admin', 'company-admin']],
  ['modules:audit:entries:read', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
  ['modules:billing:revenue:read', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
  ['modules:iot:overrides:update', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
  ['modules:booking:pods:read', roles],
  ['modules:booking:own-bookings:create', roles],
  ['modules:iot:devices:create', ['platform-admin', 'company-admin', 'org-admin']],
  ['modules:iot:dead-letters:replay', ['platform-admin', 'company-admin', 'org-admin']],
  ['modules:identity:users:create', ['platform-admin', 'company-admin', 'org-admin']],
  ['modules:iot:devices:read', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
  ['modules:iot:commands:create', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
  ['modules:alerts:alerts:acknowledge', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
]
test.each(rows)('%s is for %j only', (permission, allowed) => {
  expect(everyone.filter((role) => may(role, permission))).toEqual(allowed)
})

test('a role nobody defined may do nothing, also one named like a property of objects', () => {
  for (const role of ['', 'root', 'Platform-Admin', '__proto__', 'constructor']) {
    expect(permissionsOf(role)).toEqual([])
    expect(editorScopeOf(permissionsOf(role))).toBeUndefined()
  }
})

test('the editor, where every organization’s data is, opens to platform admins and to no role of an organization', () => {
  expect(roles.map((role) => editorScopeOf(permissionsOf(role)))).toEqual([
    '*',
    ...roles.slice(1).map(() => undefined),
  ])
  expect(editorScopeOf(['modules:flows:*:read'])).toBe('read')
})

test('a device may report and nothing else', () => {
  expect(isGranted(devicePermissions, 'modules:iot:readings:create')).toBe(true)
  expect(isGranted(devicePermissions, 'modules:iot:readings:read')).toBe(false)
  expect(isGranted(devicePermissions, 'modules:iot:devices:create')).toBe(false)
})

import { z } from 'zod'
import { isGranted } from '../platform/kit/endpoints/permission.ts'

/** From the widest to the narrowest; each tier includes those after it. */
export const roles = ['platform-admin', 'company-admin', 'org-admin', 'operator', 'member'] as const
export const roleSchema = z.enum(roles)
export type Role = z.output<typeof roleSchema>

/** What each tier adds to the tiers below it; patterns as in `isGranted`. */
const grants: Readonly<Record<Role, readonly string[]>> = {
  'platform-admin': ['modules:*:*:*'],
  // No `organizations`: until companies exist, it would reach those of others.
  'company-admin': [],
  'org-admin': ['modules:iot:*:*', 'modules:alerts:*:*', 'modules:booking:*:*', 'modules:identity:users:*'],
  operator: [
    'modules:audit:*:read',
    'modules:iot:*:read',
    'modules:iot:commands:*',
    'modules:iot:overrides:*',
    'modules:alerts:*:read',
    'modules:alerts:alerts:*',
    'modules:booking:*:read',
  ],
  member: [],
}

/** Everything a role may do, its own grants and those of the tiers below. An unknown role may do nothing. */
export function permissionsOf(role: string): readonly string[] {
  const tier = roles.findIndex((each) => each === role)
  return tier === -1 ? [] : roles.slice(tier).flatMap((each) => grants[each])
}

/**
 * Node-RED's scope in the editor and the admin API; undefined means no access. The flows, their context and what a debug
 * node shows are the platform's: every organization's data is in them, so no role of an organization opens them.
 */
export function editorScopeOf(permissions: readonly string[]): '*' | 'read' | undefined {
  if (isGranted(permissions, 'modules:flows:flows:deploy')) return '*'
  return isGranted(permissions, 'modules:flows:flows:read') ? 'read' : undefined
}

/** A device reports and does nothing else over HTTP. */
export const devicePermissions: readonly string[] = ['modules:iot:readings:create']

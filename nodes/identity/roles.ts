import { z } from 'zod'

/** From the widest to the narrowest; each tier includes those after it. */
export const roles = ['platform-admin', 'company-admin', 'org-admin', 'operator', 'member'] as const
export const roleSchema = z.enum(roles)
export type Role = z.output<typeof roleSchema>

interface RoleRules {
  /** What this tier adds to the tiers below it; patterns as in `isGranted`. */
  readonly grants: readonly string[]
  /** Node-RED's scope for the editor: the flows belong to the platform, not to an organization. */
  readonly editor?: '*' | 'read'
}

const table: Readonly<Record<Role, RoleRules>> = {
  'platform-admin': { grants: ['modules:*:*:*'], editor: '*' },
  'company-admin': {
    // No `organizations`: until companies exist, it would reach those of others.
    grants: ['modules:audit:*:read'],
  },
  'org-admin': {
    grants: ['modules:iot:*:*', 'modules:alerts:*:*', 'modules:booking:*:*', 'modules:identity:users:*'],
  },
  operator: {
    grants: [
      'modules:iot:*:read',
      'modules:iot:commands:*',
      'modules:iot:overrides:*',
      'modules:alerts:*:read',
      'modules:alerts:alerts:*',
      'modules:booking:*:read',
    ],
    editor: 'read',
  },
  member: { grants: [] },
}

/** Everything a role may do, its own grants and those of the tiers below. An unknown role may do nothing. */
export function permissionsOf(role: string): readonly string[] {
  const tier = roles.findIndex((each) => each === role)
  return tier === -1 ? [] : roles.slice(tier).flatMap((each) => table[each].grants)
}

/** Node-RED's scope in the editor and the admin API; undefined means no access. */
export function editorScopeOf(role: string): '*' | 'read' | undefined {
  const known = roles.find((each) => each === role)
  return known === undefined ? undefined : table[known].editor
}

/** A device reports and does nothing else over HTTP. */
export const devicePermissions: readonly string[] = ['modules:iot:readings:create']

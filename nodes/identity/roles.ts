import { z } from 'zod'
import { isGranted } from '../platform/kit/endpoints/permission.ts'

/** From the widest to the narrowest; each tier includes those after it. */
export const roles = ['platform-admin', 'company-admin', 'org-admin', 'operator', 'member'] as const
export const tierSchema = z.enum(roles)
export type Role = z.output<typeof tierSchema>
export const isTier = (role: string): role is Role => roles.some((each) => each === role)

/** What each tier adds to the tiers below it; patterns as in `isGranted`. */
const grants: Readonly<Record<Role, readonly string[]>> = {
  'platform-admin': ['modules:*:*:*'],
  // Those of their own company: the operations see to that.
  'company-admin': ['modules:identity:organizations:*', 'modules:identity:companies:read'],
  'org-admin': [
    'modules:iot:*:*',
    'modules:alerts:*:*',
    'modules:booking:*:*',
    'modules:access:*:*',
    'modules:billing:*:*',
    'modules:identity:users:*',
    'modules:identity:roles:*',
    'modules:identity:service-accounts:*',
  ],
  operator: [
    'modules:iot:*:read',
    'modules:iot:commands:*',
    'modules:iot:overrides:*',
    'modules:alerts:*:read',
    'modules:alerts:alerts:*',
    'modules:booking:*:read',
    'modules:booking:bookings:*',
    'modules:booking:blocks:*',
    'modules:booking:keypads:*',
    'modules:access:*:*',
    'modules:billing:*:read',
    'modules:billing:refunds:create',
    'modules:audit:*:read',
  ],
  // What is their own (the operations see to that), and what there is to book and to buy. No devices.
  member: [
    'modules:booking:own-bookings:*',
    'modules:booking:pods:read',
    'modules:billing:own-wallet:*',
    'modules:billing:own-purchases:*',
    'modules:billing:credit-packages:read',
    'modules:alerts:own-notifications:*',
  ],
}

/** Everything a tier may do, its own grants and those of the tiers below. What is no tier may do nothing. */
export function permissionsOf(role: string): readonly string[] {
  const tier = roles.findIndex((each) => each === role)
  return tier === -1 ? [] : roles.slice(tier).flatMap((each) => grants[each])
}

/**
 * Node-RED's scope in the editor and the admin API; undefined means no access. The flows, their context and what a debug
 * node shows are the platform's: every organization's data is in them, so no tier of an organization opens them, and only
 * a platform admin can give an organization a role that does.
 */
export function editorScopeOf(permissions: readonly string[]): '*' | 'read' | undefined {
  if (isGranted(permissions, 'modules:flows:flows:deploy')) return '*'
  return isGranted(permissions, 'modules:flows:flows:read') ? 'read' : undefined
}

/** A device reports and does nothing else over HTTP. */
export const devicePermissions: readonly string[] = ['modules:iot:readings:create']

export const tiers = ['platform-admin', 'company-admin', 'org-admin', 'operator', 'member'] as const
export type Tier = (typeof tiers)[number]

/**
 * The narrowest tier that may do what a permission names: the first row that fits. Written by hand, beside what the program
 * says of itself, so that a permission that nobody thought of fails a test, and so does one that reaches further than this.
 */
const rows: readonly (readonly [permission: string, tier: Tier])[] = [
  ['modules:broker:*:*', 'platform-admin'],
  ['modules:flows:*:*', 'platform-admin'],
  ['modules:platform:*:*', 'platform-admin'],
  ['modules:identity:companies:read', 'company-admin'],
  ['modules:identity:companies:*', 'platform-admin'],
  ['modules:identity:organizations:*', 'company-admin'],
  ['modules:identity:*:*', 'org-admin'],
  ['modules:audit:*:read', 'operator'],
  ['modules:iot:*:read', 'operator'],
  ['modules:iot:commands:*', 'operator'],
  ['modules:iot:overrides:*', 'operator'],
  ['modules:iot:*:*', 'org-admin'],
  ['modules:alerts:own-notifications:*', 'member'],
  ['modules:alerts:*:read', 'operator'],
  ['modules:alerts:alerts:*', 'operator'],
  ['modules:alerts:*:*', 'org-admin'],
  ['modules:booking:pods:read', 'member'],
  ['modules:booking:own-bookings:*', 'member'],
  ['modules:booking:bookings:*', 'operator'],
  ['modules:booking:blocks:*', 'operator'],
  ['modules:booking:keypads:*', 'operator'],
  ['modules:booking:*:read', 'operator'],
  ['modules:booking:*:*', 'org-admin'],
  ['modules:access:*:*', 'operator'],
  ['modules:billing:own-wallet:*', 'member'],
  ['modules:billing:own-purchases:*', 'member'],
  ['modules:billing:credit-packages:read', 'member'],
  ['modules:billing:refunds:create', 'operator'],
  ['modules:billing:*:read', 'operator'],
  ['modules:billing:*:*', 'org-admin'],
]

const fits = (pattern: string, permission: string): boolean => {
  const named = permission.split(':')
  const segments = pattern.split(':')
  return segments.length === named.length && segments.every((each, n) => each === '*' || each === named[n])
}

/** Undefined for a permission that nobody has thought of. */
export const narrowestTier = (permission: string): Tier | undefined =>
  rows.find(([pattern]) => fits(pattern, permission))?.[1]

/** Whether somebody of this tier may call it, for what is theirs at least. Undefined when nobody has said. */
export function mayCall(
  tier: Tier,
  { ownPermission, permission }: { readonly permission: string; readonly ownPermission: string | undefined },
): boolean | undefined {
  if (permission === 'public' || permission === 'signed-in') return true
  const narrowest = [permission, ...(ownPermission === undefined ? [] : [ownPermission])].map(narrowestTier)
  if (narrowest.includes(undefined)) return undefined
  return narrowest.some((each) => each !== undefined && tiers.indexOf(tier) <= tiers.indexOf(each))
}

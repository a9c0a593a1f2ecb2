export interface Organization {
  readonly id: string
  readonly name: string
}

/** The address counts first, so that links show what they were copied from; then the last choice; then the first. */
export function chooseOrganization(
  organizations: readonly Organization[],
  wanted: readonly (string | null)[],
): string | undefined {
  const found = wanted.find((id) => organizations.some((organization) => organization.id === id))
  return found ?? organizations[0]?.id
}

/** What lies in the store's directory. */
import { isOrganizationId } from '../names.ts'

export const POOLED = 'store.db'
export const ownFileOf = (orgId: string): string => `org-${orgId}.db`
/** There while an organization is moved. */
export const markOf = (orgId: string): string => `org-${orgId}.moving`

const ORGANIZATION = /^org-(.+)\.(?:db|moving)$/

/** Whose file it is, and whether it says that a move was begun; undefined for any other. */
export function readFileName(name: string): { readonly orgId: string; readonly isMark: boolean } | undefined {
  const orgId = ORGANIZATION.exec(name)?.[1]
  return isOrganizationId(orgId) ? { orgId, isMark: name.endsWith('.moving') } : undefined
}

import type { Identity } from '../identity/domain.ts'

/** Whether there is such a user in the organization; those who belong to none are in all. */
export async function isUserOf(
  identity: Pick<Identity, 'user'>,
  orgId: string,
  userId: string,
): Promise<boolean> {
  const user = await identity.user(userId)
  return user !== undefined && (user.orgId === orgId || user.orgId === null)
}

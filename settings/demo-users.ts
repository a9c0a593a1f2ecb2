import type { Identity } from '../nodes/identity/domain.ts'
import { permissionsOf, roles } from '../nodes/identity/roles.ts'
import { generatePassword } from '../nodes/identity/sign-in/first-admin.ts'
import type { Manager } from '../nodes/identity/users.ts'

export interface DemoUser {
  readonly id: string
  readonly role: string
  readonly email: string
  /** Made just now: print it, it is stored as a hash and cannot be had again. */
  readonly password: string
}

/**
 * One user of each tier within the organization, the first time; nobody from then on, so that who was removed does not
 * come back. A platform admin there is already.
 */
export async function addDemoUsers(
  users: Pick<Identity['users'], 'create' | 'list'>,
  orgId: string,
): Promise<readonly DemoUser[]> {
  const role = 'platform-admin'
  const manager: Manager = { role, permissions: permissionsOf(role), orgId, isEverywhere: true }
  if ((await users.list(manager, {}, { limit: 1 })).items.length > 0) return []
  const tiers = roles.filter((tier) => tier !== role)
  return Promise.all(
    tiers.map(async (tier) => {
      const email = `${tier}@${orgId}.fleetloom.local`
      const password = generatePassword()
      const made = await users.create(manager, { email, password, name: `Demo ${tier}`, role: tier })
      if (made.kind !== 'done') throw new Error(`the demo user ${email} could not be added: ${made.kind}`)
      return { id: made.user.id, email, password, role: tier }
    }),
  )
}

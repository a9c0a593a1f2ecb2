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

const managerOf = (orgId: string): Manager => ({
  role: 'platform-admin',
  permissions: permissionsOf('platform-admin'),
  orgId,
  isEverywhere: true,
})

const guestNames = ['Ada', 'Bruno', 'Chloé'] as const
const guestEmail = (name: string, orgId: string): string =>
  `${name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()}@guests.${orgId}.fleetloom.local`

/** Members whom nobody can sign in as, and who book by themselves; their ids. Who was removed does not come back. */
export async function addDemoGuests(
  users: Pick<Identity['users'], 'create' | 'list'>,
  orgId: string,
): Promise<readonly string[]> {
  const manager = managerOf(orgId)
  const emails = guestNames.map((name) => guestEmail(name, orgId))
  const known = await users.list(manager, { email: { $in: emails } }, { limit: emails.length })
  if (known.items.length > 0)
    return known.items.filter(({ document }) => document.isEnabled).map(({ document }) => document.id)
  return Promise.all(
    guestNames.map(async (name) => {
      const wanted = { email: guestEmail(name, orgId), password: generatePassword(), name, role: 'member' }
      const made = await users.create(manager, wanted)
      if (made.kind !== 'done') throw new Error(`the demo guest ${name} could not be added: ${made.kind}`)
      return made.user.id
    }),
  )
}

/**
 * One user of each tier within the organization, the first time; nobody from then on, so that who was removed does not
 * come back. A platform admin there is already.
 */
export async function addDemoUsers(
  users: Pick<Identity['users'], 'create' | 'list'>,
  orgId: string,
): Promise<readonly DemoUser[]> {
  const manager = managerOf(orgId)
  if ((await users.list(manager, {}, { limit: 1 })).items.length > 0) return []
  const tiers = roles.filter((tier) => tier !== 'platform-admin')
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

import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { organizationCollection } from '../../nodes/identity/organization.ts'
import { openOwnRoles } from '../../nodes/identity/own-roles.ts'
import { weaknessOf } from '../../nodes/identity/password.ts'
import { permissionsOf } from '../../nodes/identity/roles.ts'
import { createPasswordHasher } from '../../nodes/identity/sign-in/password-hasher.ts'
import { createSignIns } from '../../nodes/identity/sign-in/sign-ins.ts'
import { normalizeEmail, type User, userCollection } from '../../nodes/identity/user.ts'
import { openUserChanges } from '../../nodes/identity/user-changes.ts'
import { type Manager, Users, type UsersOutcome } from '../../nodes/identity/users.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import { whileAudited } from '../../nodes/platform/kit/audit/scope.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { everyDocument } from '../../nodes/platform/store/every-document.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { openStore } from '../engines.ts'
import { InvalidSettings, readSettings } from '../env.ts'
import { askPassword, NoPassword } from './ask-password.ts'
import { refusing } from './refusing.ts'

const usage = `Usage: npm run fleetloom -- user VERB

  user list [--organization ORG] [--json]
  user add EMAIL --role ROLE [--organization ORG] [--name NAME] [--invite]
  user password EMAIL
  user disable EMAIL
  user enable EMAIL

A password is asked for, or read from stdin; with --invite whoever it is chooses one, by a token that is printed. The store
is written directly (DATA_DIR, or MONGO_URL), whether the platform runs or not; what runs sees it within seconds.
`

const options = {
  organization: { type: 'string' },
  role: { type: 'string' },
  name: { type: 'string' },
  invite: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const
type Said = ReturnType<typeof parse>['values']

class UserRefused extends Error {
  override readonly name = 'UserRefused'
}

const verbs = {
  list: 'read',
  add: 'create',
  password: 'update',
  disable: 'disable',
  enable: 'enable',
} as const
type Verb = keyof typeof verbs

/** 0 when it is done, 1 when it is refused, 2 when the words make no sense. */
export async function userCommand(words: readonly string[]): Promise<number> {
  const [verb = '', ...rest] = words
  if (!isVerb(verb)) return misused()
  return refusing(
    async () => {
      const { positionals, values } = parse(rest)
      const [email] = positionals
      if (positionals.length !== (verb === 'list' ? 0 : 1)) return misused()
      if (verb === 'add' && values.role === undefined) return misused()
      const { close, store } = await openStore(readSettings(process.env), silentLogger)
      try {
        await carryOut(store, verb, email ?? '', values)
        return 0
      } finally {
        await close()
      }
    },
    (error) =>
      error instanceof InvalidSettings || error instanceof UserRefused || error instanceof NoPassword,
  )
}

const parse = (words: string[]) => parseArgs({ args: words, options, allowPositionals: true })
const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word)
function misused(): number {
  process.stderr.write(usage)
  return 2
}

async function carryOut(store: Store, verb: Verb, typed: string, said: Said): Promise<void> {
  const email = normalizeEmail(typed)
  if (verb === 'list') return list(store, said)
  const password = verb === 'password' || (verb === 'add' && !said.invite) ? await askPassword() : undefined
  const weakness = password === undefined ? undefined : weaknessOf(password, email)
  if (weakness !== undefined) throw new UserRefused(`The password ${weakness}.`)
  const known = await userOf(store, email)
  if (verb !== 'add' && known === undefined) throw new UserRefused(`There is no user ${email}.`)
  const scope = {
    actor: { kind: 'command-line', id: userInfo().username },
    orgId: known?.orgId ?? said.organization ?? '',
    permission: `modules:identity:users:${verbs[verb]}`,
    address: '',
    requestId: randomUUID(),
  }
  await whileAudited(scope, () => change(store, verb, known ?? email, said, password))
}

async function change(
  store: Store,
  verb: Exclude<Verb, 'list'>,
  who: User | string,
  { name, organization = '', role = '' }: Said,
  password: string | undefined,
): Promise<void> {
  const passwords = createPasswordHasher()
  const clock = systemClock
  const changes = openUserChanges({ store, clock, signIns: createSignIns(store, clock) })
  const roles = openOwnRoles(store, () => undefined)
  const users = new Users({ store, clock, newId: randomUUID, roles, changes, passwords })
  const manager: Manager = {
    role: 'platform-admin',
    permissions: permissionsOf('platform-admin'),
    orgId: organization,
    isEverywhere: true,
  }
  if (verb === 'add') {
    if (typeof who !== 'string') throw new UserRefused(`There is a user ${who.email} already.`)
    if (organization !== '' && (await store.platform(organizationCollection).get(organization)) === undefined)
      throw new UserRefused(`There is no organization ${organization}.`)
    const wanted = { email: who, name: name ?? who, role, password }
    return told(await users.create(manager, wanted), 'added')
  }
  if (typeof who === 'string') throw new Error(`nobody looked for ${who}`)
  if (verb === 'disable')
    return told(await users.disable(manager, who.id), 'disabled, and signed out everywhere')
  if (verb === 'enable') return told(await users.enable(manager, who.id), 'enabled')
  const passwordHash = await passwords.hash(password ?? '')
  const command = { type: 'ChangePassword', passwordHash } as const
  const changed = await changes.change(who.id, () => ({ kind: 'commands', commands: [command] }))
  if (changed.kind !== 'done') throw new UserRefused(`${who.email}: ${changed.kind}.`)
  told(changed, 'has a new password, and is signed out everywhere')
}

function told(outcome: UsersOutcome, what: string): void {
  if (outcome.kind !== 'done') throw new UserRefused(`${refusals[outcome.kind]}.`)
  process.stdout.write(`${outcome.user.email} (${outcome.user.id}) ${what}.\n`)
  if (outcome.invitation === undefined) return
  const { expiresAt, token } = outcome.invitation
  process.stdout.write(`The invitation is shown this once and holds until ${expiresAt}:\n${token}\n`)
}

const refusals = {
  missing: 'There is no such user',
  exceeds: 'Nobody may give that role',
  'unknown-role': 'There is no such role: a tier, or one of the organization’s own',
  'no-organization': 'Say of which organization: --organization ORG',
  'last-admin': 'This is the last administrator; make another one first',
  exists: 'There is a user with this e-mail already',
  'weak-password': 'The password is too weak',
} as const satisfies Record<Exclude<UsersOutcome['kind'], 'done'>, string>

async function userOf(store: Store, email: string): Promise<User | undefined> {
  return (await store.platform(userCollection).find({ email }, { limit: 1 })).items[0]?.document
}

async function list(store: Store, { json, organization }: Said): Promise<void> {
  const filter = organization === undefined ? {} : { orgId: organization }
  const byEmail = { sort: [{ path: 'email', direction: 'ascending' }] } as const
  for await (const { document } of everyDocument(store.platform(userCollection), filter, byEmail)) {
    const { createdAt, email, id, isEnabled, name, orgId, role } = document
    const line = json
      ? JSON.stringify({ id, email, name, role, orgId, isEnabled, createdAt })
      : [email, role, orgId ?? '-', isEnabled ? 'enabled' : 'disabled', name].join('\t')
    process.stdout.write(`${line}\n`)
  }
}

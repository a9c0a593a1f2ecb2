import { randomInt, randomUUID } from 'node:crypto'
import { weaknessOf } from '../password.ts'
import { normalizeEmail, type User, userCollection } from '../user.ts'
import { type Clock, systemClock } from '../../platform/clock.ts'
import type { Collection, Store, Stored } from '../../platform/store/port.ts'
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts'
import { createSignIns } from './sign-ins.ts'

export interface FirstAdmin {
  readonly email: string
  /** Only when it was made just now; print it, it is stored as a hash and cannot be had again. */
  readonly generatedPassword?: string
  /** Why the given password should not be used in production. */
  readonly weakness?: string
}

export interface FirstAdminOptions {
  /** `ADMIN_EMAIL`. */
  readonly email: string
  /** `ADMIN_PASSWORD`: whoever sets it means it, so an admin with another password gets this one and is signed out. */
  readonly password?: string | undefined
  readonly clock?: Clock
  readonly passwords?: PasswordHasher
}

/**
 * Makes sure that a platform admin exists. Without `password` nobody is added once there is any platform admin: an
 * admin who changed the e-mail must not find a second account after a restart.
 */
export async function ensureFirstAdmin(store: Store, options: FirstAdminOptions): Promise<FirstAdmin> {
  const { clock = systemClock, passwords = createPasswordHasher() } = options
  // An empty variable means that none is set.
  const password = options.password === '' ? undefined : options.password
  const email = normalizeEmail(options.email)
  const users = store.platform(userCollection)
  const weakness = password === undefined ? undefined : weaknessOf(password, email)
  const named = weakness === undefined ? { email } : { email, weakness }

  const existing = (await users.find({ email }, { limit: 1 })).items[0]
  if (existing !== undefined) {
    refuseOtherRoles(existing.document)
    if (password !== undefined) await setPassword(store, users, existing, password, passwords, clock)
    return named
  }
  if (password === undefined) {
    const other = (await users.find({ role: 'platform-admin' }, { limit: 1 })).items[0]
    if (other !== undefined) return { email: other.document.email }
  }

  const chosen = password ?? generatePassword()
  const inserted = await users.insert({
    id: randomUUID(),
    email,
    name: 'Administrator',
    role: 'platform-admin',
    orgId: null,
    passwordHash: await passwords.hash(chosen),
    isEnabled: true,
    createdAt: new Date(clock.nowMs()).toISOString(),
  })
  // Another process was faster: its password counts (or is made ours).
  if (inserted.kind === 'duplicate') return ensureFirstAdmin(store, options)
  return password === undefined ? { email, generatedPassword: chosen } : named
}

function refuseOtherRoles(user: User): void {
  if (user.role === 'platform-admin') return
  throw new Error(
    `ADMIN_EMAIL ${user.email} is a user with the role ${user.role}. Name a platform admin or a new address.`,
  )
}

async function setPassword(
  store: Store,
  users: Collection<User>,
  { document: admin }: Stored<User>,
  password: string,
  passwords: PasswordHasher,
  clock: Clock,
): Promise<void> {
  if ((await passwords.verify(password, admin.passwordHash ?? undefined)) === 'right') return
  const passwordHash = await passwords.hash(password)
  await users.update(admin.id, (user) => {
    // Whoever sets the environment is in charge, and may be there because the second factor is lost.
    const { secondFactor: _, ...rest } = user
    return { ...rest, passwordHash, epoch: (user.epoch ?? 0) + 1 }
  })
  await createSignIns(store, clock).closeAllOf(admin.id)
}

// No letters and digits that look alike: the password is read from a terminal and typed.
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 24 of 56 characters: 139 bits. */
export function generatePassword(): string {
  const letters = Array.from({ length: 24 }, () => alphabet.charAt(randomInt(alphabet.length)))
  return letters.join('').replace(/.{6}(?=.)/g, '$&-')
}

import path from 'node:path'
import { type User, userCollection } from '../../nodes/identity/user.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { createPasswordHasher } from '../../nodes/identity/sign-in/password-hasher.ts'

/**
 * A user with a role in an organization, put into the store's file beside the running platform, since the API has no
 * way to make one yet.
 */
export async function addUser(
  dataDir: string,
  user: Pick<User, 'email' | 'role' | 'orgId'>,
  password: string,
): Promise<void> {
  const passwordHash = await createPasswordHasher().hash(password)
  const store = await openSqliteStore({ directory: path.join(dataDir, 'store') })
  try {
    const id = `user-${user.email}`
    const createdAt = new Date().toISOString()
    const document = { id, name: user.email, passwordHash, isEnabled: true, createdAt, ...user }
    const { kind } = await store.platform(userCollection).insert(document)
    if (kind !== 'inserted') throw new Error(`${user.email}: ${kind}`)
  } finally {
    await store.close()
  }
}

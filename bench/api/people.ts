import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { createAccessTokens } from '../../nodes/identity/sign-in/access-token.ts'
import { organizationCollection } from '../../nodes/identity/organization.ts'
import { signInCollection } from '../../nodes/identity/sign-in.ts'
import { userCollection } from '../../nodes/identity/user.ts'
import { systemClock } from '../../nodes/platform/clock.ts'

export interface Person {
  readonly userId: string
  readonly signInId: string
  readonly orgId: string
  readonly token: string
}

/** Operators who are signed in, spread over organizations: written into the store of a platform that is not started yet. */
export async function settlePeople(
  dataDir: string,
  jwtSecret: string,
  counts: { readonly users: number; readonly organizations: number },
): Promise<readonly Person[]> {
  const store = await openSqliteStore({ directory: path.join(dataDir, 'store') })
  const tokens = createAccessTokens(jwtSecret, systemClock)
  const createdAt = new Date().toISOString()
  const orgIds = Array.from({ length: counts.organizations }, (_, n) => `bench-${n}`)
  await Promise.all(
    orgIds.map((id) => store.platform(organizationCollection).insert({ id, name: id, createdAt })),
  )
  const people = await Promise.all(
    Array.from({ length: counts.users }, async (_, n): Promise<Person> => {
      const [userId, signInId] = [randomUUID(), randomUUID()]
      const orgId = orgIds[n % orgIds.length] ?? ''
      await store.platform(userCollection).insert({
        id: userId,
        email: `${n}@bench.example`,
        name: `${n}`,
        role: 'operator',
        orgId,
        passwordHash: null,
        isEnabled: true,
        createdAt,
      })
      const nowMs = systemClock.nowMs()
      await store.platform(signInCollection).insert({
        id: signInId,
        kind: 'token',
        userId,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + 86_400_000,
        epoch: 0,
        address: '127.0.0.1',
      })
      return { userId, signInId, orgId, token: await tokens.issue({ userId, signInId }) }
    }),
  )
  await store.close()
  return people
}

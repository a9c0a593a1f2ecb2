import { z } from 'zod'
import type { ApiClient } from './api-client.ts'

const created = z.object({ user: z.object({ id: z.string() }) })

/** A user of the client's organization, with a role and a password; their id. */
export async function addUser(
  api: ApiClient,
  email: string,
  role: string,
  password: string,
): Promise<string> {
  const body = { email, name: email, role, password }
  return (await api.expect(created, 'POST', '/api/v1/users', { body })).user.id
}

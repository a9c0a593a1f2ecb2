import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { adminPassword } from './harness/platform.ts'
import { makeTempDir } from './harness/temp-dir.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const tokensSchema = z.object({ accessToken: z.string() })

describe('the secret of access tokens, in a file that changes', () => {
  const file = path.join(makeTempDir('secrets'), 'jwt')
  /** At once, as what mounts secrets does it. */
  const write = (secret: string): void => {
    writeFileSync(`${file}.new`, secret)
    renameSync(`${file}.new`, file)
  }
  write('kT3v9Zr1XqLw8sBn5mYcJ0hUe7aGd2fP')
  const running = usePlatform({ environment: { JWT_SECRET_FILE: file } })

  const signIn = async (): Promise<string> => {
    const body = { email: 'admin@fleetloom.local', password: adminPassword }
    const answer = await running().api.call('POST', '/api/v1/auth/login', { body, as: 'anonymous' })
    return tokensSchema.parse(answer.body).accessToken
  }
  /** Its id. */
  const keyOf = (token: string): string =>
    z
      .object({ kid: z.string() })
      .parse(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).kid
  const statusFor = async (token: string): Promise<number> =>
    (await running().api.call('GET', '/api/v1/me', { as: `Bearer ${token}` })).status

  it('signs what is issued from then on, without a restart, and those of before stay good', async () => {
    const before = await signIn()
    write('Zq8LxW2vRt6YpN4sKd9FhJ3gBm7CcE1a')
    const after = await until(
      'tokens are signed with the new secret',
      async () => {
        const token = await signIn()
        return keyOf(token) === keyOf(before) ? undefined : token
      },
      { seconds: 40, everyMs: 500 },
    )
    expect([await statusFor(before), await statusFor(after)]).toEqual([200, 200])
  })
})

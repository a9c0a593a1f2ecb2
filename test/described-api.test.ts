import { beforeAll, describe, expect, it } from 'vitest'
import { describedOperations } from './harness/openapi.ts'
import { seededRandom } from './harness/random.ts'
import { holdAgainstDescription, missingSchemathesis } from './harness/schemathesis.ts'
import { usePlatform } from './harness/use-platform.ts'

const seconds = Number(process.env['SCHEMATHESIS_SECONDS'] ?? 120)
/** With these whoever asks may end their own sign-in, and the other operations would be asked by nobody. */
const endings = new Set(
  `acceptInvitation changePassword deleteSession deleteUser disableUser endSecondFactor logout resetPassword
  updateUser`.split(/\s+/),
)

describe.skipIf(missingSchemathesis !== undefined)('the API (needs schemathesis)', () => {
  // With the demo fleet there is something behind most routes.
  const running = usePlatform({ environment: { DEMO: 'on' } })
  const { seed } = seededRandom('schemathesis')
  let keeping: readonly string[]
  let deleting: readonly string[]

  beforeAll(async () => {
    const operations = await describedOperations(running().api)
    const lasting = operations.filter(({ id }) => !endings.has(id))
    keeping = lasting.filter(({ method }) => method !== 'DELETE').map(({ id }) => id)
    deleting = lasting.filter(({ method }) => method === 'DELETE').map(({ id }) => id)
  })

  const hold = async (
    only: Iterable<string>,
    limits: { readonly examples: number; readonly seconds: number },
  ): Promise<{ readonly complaints: string; readonly me: number; readonly isAlive: boolean }> => {
    const { api, process: platform, url } = running()
    const headers = { Authorization: `Bearer ${await api.token()}`, 'X-Organization': 'demo' }
    const held = { api, url, headers, seed, only: [...only], ...limits }
    const { complaints, report } = await holdAgainstDescription(held)
    process.stdout.write(`${/Test cases:\n(.*)/.exec(report)?.[1]?.trim() ?? 'nothing asked'}\n`)
    const { status: me } = await fetch(`${url}/api/v1/me`, { headers })
    return { complaints, me, isAlive: !platform.hasExited }
  }
  const well = { complaints: '', me: 200, isAlive: true }

  it(
    'answers whatever is asked as its description says, and never with a failure of ours',
    async () => {
      expect(await hold(keeping, { examples: 10, seconds })).toEqual(well)
    },
    seconds * 2000 + 60_000,
  )

  it('answers so when things are deleted', async () => {
    // What is deleted may be what the own sign-in rests on.
    expect(await hold(deleting, { examples: 20, seconds: 40 })).toMatchObject({
      complaints: '',
      isAlive: true,
    })
  }, 120_000)

  it('answers so about the own sign-in, also when that has ended', async () => {
    // Whether the token still holds depends on what it came upon.
    expect(await hold(endings, { examples: 50, seconds: 40 })).toMatchObject({
      complaints: '',
      isAlive: true,
    })
  }, 120_000)
})

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fleetloom, type Ran } from './harness/fleetloom.ts'
import { createOrganization } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const password = 'tangerine-lamp-42'
const other = 'walnut-harbour-17'
const audited = z.object({
  items: z.array(z.object({ actor: z.object({ kind: z.string() }), permission: z.string() })),
})

describe('users on the command line', () => {
  const running = usePlatform()
  const user = (words: readonly string[], input?: string): Promise<Ran> =>
    fleetloom(['user', ...words], { DATA_DIR: running().dataDir }, input)
  const signIn = (email: string, typed: string) =>
    running().api.call('POST', '/api/v1/auth/login', { body: { email, password: typed }, as: 'anonymous' })
  const tokenSchema = z.object({ accessToken: z.string() })

  it('are added, given another password, disabled and enabled while the platform runs', async () => {
    const api = await createOrganization(running().api, 'by-hand')
    const orgId = api.organization ?? ''
    const email = 'ada@by-hand.example'
    const added = await user(
      ['add', 'Ada@By-Hand.example', '--role', 'org-admin', '--organization', orgId],
      `${password}\n`,
    )
    expect(added).toEqual({ code: 0, text: expect.stringContaining(`${email} (`) })
    const { accessToken } = tokenSchema.parse((await signIn(email, password)).body)
    const me = () => running().api.call('GET', '/api/v1/me', { as: `Bearer ${accessToken}` })
    expect((await me()).status).toBe(200)

    expect((await user(['password', email], other)).code).toBe(0)
    await until('the sign-in of before to end', async () => ((await me()).status === 401 ? true : undefined))
    expect((await signIn(email, password)).status).toBe(401)
    expect((await signIn(email, other)).status).toBe(200)

    // The last administrator of the organization stays one.
    expect(await user(['disable', email])).toEqual({
      code: 1,
      text: expect.stringContaining('last administrator'),
    })
    const eve = ['add', 'eve@by-hand.example', '--role', 'org-admin', '--organization', orgId]
    expect((await user(eve, password)).code).toBe(0)
    expect((await user(['disable', email])).code).toBe(0)
    expect((await signIn(email, other)).status).toBe(401)
    expect((await user(['list', '--organization', orgId])).text).toMatch(/^ada@\S+\torg-admin\t\S+\tdisabled/)
    expect((await user(['enable', email])).code).toBe(0)
    expect((await signIn(email, other)).status).toBe(200)

    const trail = audited.parse((await api.call('GET', '/api/v1/audit?limit=100')).body).items
    const own = trail.filter(({ actor }) => actor.kind === 'command-line').map(({ permission }) => permission)
    expect(own.toSorted()).toEqual(
      ['create', 'create', 'disable', 'enable', 'update'].map((verb) => `modules:identity:users:${verb}`),
    )
  }, 60_000)

  it('are invited, and choose a password themselves', async () => {
    const invited = await user(['add', 'root@example.com', '--role', 'platform-admin', '--invite'])
    expect(invited.code).toBe(0)
    const token = invited.text.trim().split('\n').at(-1)
    const accept = { body: { token, password }, as: 'anonymous' }
    expect((await running().api.call('POST', '/api/v1/auth/invitations/accept', accept)).status).toBeLessThan(
      300,
    )
    expect((await signIn('root@example.com', password)).status).toBe(200)
  })

  it.each([
    [2, 'no verb', [], ''],
    [2, 'no role', ['add', 'x@example.com'], password],
    [2, 'a password among the words', ['password', 'x@example.com', password], ''],
    [2, 'an unknown option', ['list', '--passwords'], ''],
    [1, 'a weak password', ['add', 'x@example.com', '--role', 'platform-admin'], 'password1234'],
    [1, 'no password', ['add', 'x@example.com', '--role', 'platform-admin'], ''],
    [1, 'no organization', ['add', 'x@example.com', '--role', 'operator'], password],
    [
      1,
      'an organization that there is not',
      ['add', 'x@example.com', '--role', 'operator', '--organization', 'gone'],
      password,
    ],
    [
      1,
      'a role that there is not',
      ['add', 'x@example.com', '--role', 'king', '--organization', 'demo'],
      password,
    ],
    [1, 'somebody who is not there', ['disable', 'x@example.com'], ''],
  ])('end with %d for %s', async (code, _what, words, input) => {
    const ran = await user(words, input)
    expect(ran.code).toBe(code)
    expect(ran.text).not.toContain(password)
    expect(ran.text).not.toContain('    at ')
  })
})

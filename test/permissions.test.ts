import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { type DescribedOperation, describedOperations, fill, sampleOf } from './harness/openapi.ts'
import { createOrganization } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'
import { mayCall, narrowestTier, type Tier, tiers } from './harness/who-may.ts'

const password = 'each of us has this one'
const identified = z.object({ id: z.string() })

interface Caller {
  readonly who: string
  readonly tier: Tier
  readonly authorization: string
  /** What to name for one's own organization; undefined for who needs not. */
  readonly own: string | undefined
}

describe('every operation', () => {
  const running = usePlatform()
  let operations: readonly DescribedOperation[]
  let callers: readonly Caller[]
  let api: ApiClient
  /** Of the company admin's company, and of nobody's that is asked here but the platform admins'. */
  let [sister, foreign] = ['', '']

  beforeAll(async () => {
    api = running().api
    const company = await api.expect(z.object({ company: identified }), 'POST', '/api/v1/companies', {
      body: { name: 'Group' },
    })
    const inCompany = async (name: string): Promise<string> => {
      const body = { name, companyId: company.company.id }
      return (await api.expect(identified, 'POST', '/api/v1/organizations', { body })).id
    }
    const own = api.in(await inCompany('own'))
    sister = await inCompany('sister')
    foreign = (await createOrganization(api, 'foreign')).organization ?? ''
    operations = await describedOperations(api)
    const people: Caller[] = []
    for (const tier of tiers) {
      const email = `${tier}@own.example`
      await addUser(own, email, tier, password)
      const authorization = `Bearer ${await api.signedInAs(email, password).token()}`
      people.push({
        who: tier,
        tier,
        authorization,
        own: tier === 'platform-admin' ? own.organization : undefined,
      })
    }
    callers = [...people, await aProgram(own)]
  })

  const call = (
    operation: DescribedOperation,
    authorization: string,
    organization?: string,
  ): Promise<Answer> =>
    api.call(operation.method, fill(operation.path, { port: '1' }) + operation.query, {
      as: authorization,
      headers: {
        'idempotency-key': randomUUID(),
        ...(organization === undefined ? {} : { 'x-organization': organization }),
      },
      ...(operation.bodySchema === undefined ? {} : { body: sampleOf(operation.bodySchema) }),
    })

  it('names a permission of which it was said who has it', () => {
    expect(operations.length).toBeGreaterThan(80)
    const named = operations
      .flatMap(({ ownPermission, permission }) => [
        permission,
        ...(ownPermission === undefined ? [] : [ownPermission]),
      ])
      .filter((permission) => permission.startsWith('modules:'))
    expect(named.filter((permission) => narrowestTier(permission) === undefined)).toEqual([])
  })

  it('but for those of sign-in and documentation asks who calls', async () => {
    const open = operations.filter(({ isPublic }) => isPublic).map(({ path }) => path)
    const allowed = /^\/api\/v1\/(auth\/|openapi\.json$|docs$|provision$|payments\/webhooks\/)/
    expect(open.filter((path) => !allowed.test(path))).toEqual([])
    for (const operation of operations.filter(({ isPublic }) => !isPublic)) {
      for (const authorization of ['anonymous', 'Bearer nonsense', 'Bearer flk_nonsense']) {
        const answer = await call(operation, authorization)
        expect([operation.id, authorization, answer.status]).toEqual([operation.id, authorization, 401])
      }
    }
  })

  it('lets in who may, and nobody else, in the own organization', async () => {
    for (const caller of callers) {
      // What is public asks in its own way, if it does.
      for (const operation of operations.filter(({ permission }) => permission !== 'public')) {
        const answer = await call(operation, caller.authorization, caller.own)
        expect(verdictOf(caller, operation, answer)).toEqual({
          who: caller.who,
          operation: operation.id,
          isLetIn: mayCall(caller.tier, operation),
        })
      }
    }
  })

  it('answers for an organization of others as for one that never was', async () => {
    const scoped = operations.filter(({ isScoped }) => isScoped)
    for (const caller of callers.filter(({ tier }) => tier !== 'platform-admin')) {
      for (const operation of scoped) {
        const isPermitted = mayCall(caller.tier, operation) === true
        const answer = await call(operation, caller.authorization, foreign)
        const missing = await call(operation, caller.authorization, 'never-was')
        expect([caller.who, operation.id, answer.status]).toEqual([
          caller.who,
          operation.id,
          isPermitted ? 404 : 403,
        ])
        expect(withoutId(answer)).toBe(withoutId(missing))
      }
    }
  })

  it('serves another organization of the company to its admin, and to nobody else of it', async () => {
    const scoped = operations.filter(({ isScoped, method }) => isScoped && method === 'GET')
    for (const caller of callers.filter(({ tier }) => tier !== 'platform-admin')) {
      for (const operation of scoped) {
        const answer = await call(operation, caller.authorization, sister)
        const isRefused = answer.status === 403 || isNoOrganization(answer)
        expect([caller.who, operation.id, isRefused]).toEqual([
          caller.who,
          operation.id,
          caller.tier !== 'company-admin',
        ])
      }
    }
  })
})

/** An operator that is no person. */
async function aProgram(api: ApiClient): Promise<Caller> {
  const made = await api.expect(
    z.object({ serviceAccount: identified }),
    'POST',
    '/api/v1/service-accounts',
    { body: { name: 'program', role: 'operator' } },
  )
  const { secret } = await api.expect(
    z.object({ secret: z.string() }),
    'POST',
    `/api/v1/service-accounts/${made.serviceAccount.id}/keys`,
    { body: { name: 'key' } },
  )
  return { who: 'a program', tier: 'operator', authorization: `Bearer ${secret}`, own: undefined }
}

const problemSchema = z.object({ detail: z.string().optional() })
const detailOf = ({ body }: Answer): string => problemSchema.safeParse(body).data?.detail ?? ''

const isNoOrganization = (answer: Answer): boolean =>
  answer.status === 404 && detailOf(answer) === 'no such organization'

/** Whatever is said behind the guard, it was let in; and nothing that was sent is a bug of ours. */
function verdictOf({ who }: Caller, { id, isScoped }: DescribedOperation, answer: Answer): object {
  const isStopped =
    answer.status === 401 || (answer.status === 403 && detailOf(answer).startsWith('the permission '))
  if (answer.status === 500) return { who, operation: id, bug: answer.text }
  return { who, operation: id, isLetIn: !isStopped && !(isScoped && isNoOrganization(answer)) }
}

const withoutId = ({ text }: Answer): string => text.replace(/"requestId":"[^"]+"/, '')

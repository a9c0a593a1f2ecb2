import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Answer, ApiClient, Call } from './harness/api-client.ts'
import { type DescribedOperation, describedOperations, fill, sampleOf } from './harness/openapi.ts'
import { podBody } from './harness/pods.ts'
import { createOrganization } from './harness/resources.ts'
import { alwaysBad, classBody, resourcesOfA, weekly } from './harness/resources-of-a.ts'
import { startPayments } from '../sim/payments/server.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'
import { naming } from './harness/naming-bodies.ts'

const password = 'belongs-to-org-b-42'
/** Where the least that the schema lets through is not enough. */
const bodies: Readonly<Record<string, unknown>> = {
  compatUpdateSchedule: { isActive: true },
  putPod: podBody({ creditsPerSlot: 1 }),
  updateDeviceClass: classBody,
  setOverride: { value: 1, durationMs: 1000 },
  updateAlertRule: { name: 'x', scope: {}, ...alwaysBad },
  updateSchedule: { deviceId: 'sample', ...weekly },
}

/** Names in queries and bodies that mean somebody's ids: of which kind, and what it is called there. */
const filters: ReadonlyMap<string, readonly [kind: string, key: string]> = new Map([
  ['deviceId', ['devices', 'id']],
  ['classKey', ['device-classes', 'key']],
  ['ruleId', ['alert-rules', 'id']],
  ['alertId', ['alerts', 'id']],
  ['podId', ['pods', 'id']],
  ['userId', ['users', 'id']],
  ['actor', ['users', 'id']],
  ['role', ['roles', 'key']],
  ['gateway', ['devices', 'id']],
  ['gatewayId', ['devices', 'id']],
  ['channels', ['channels', 'key']],
  ['scope', ['devices', 'id']],
  ['account', ['users', 'id']],
])
/** What some lists need beside. */
const least: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  getStatement: { month: '2026-01' },
}

/** What is the same for everybody has no ids of an organization's. */
const ofThePlatform: ReadonlySet<string> = new Set(['device-class-templates'])

const secret = 'of-the-sandbox-42'
const sandbox = await startPayments({ port: 0, secret })
afterAll(async () => sandbox[Symbol.asyncDispose]())

describe('the ids of organization A', () => {
  const running = usePlatform({
    environment: { PAYMENTS_SANDBOX_URL: sandbox.url, PAYMENTS_SANDBOX_SECRET: secret },
  })
  let a: ApiClient
  /** An administrator of organization B, and a platform administrator who names B. */
  let others: readonly { readonly who: string; readonly api: ApiClient }[]
  let operations: readonly DescribedOperation[]
  let scoped: readonly DescribedOperation[]
  let byId: readonly DescribedOperation[]
  let ids: ReadonlyMap<string, Readonly<Record<string, string>>>

  beforeAll(async () => {
    const platform = running()
    a = await createOrganization(platform.api, 'org-a')
    const b = await createOrganization(platform.api, 'org-b')
    const email = 'admin@org-b.example'
    await addUser(b, email, 'org-admin', password)
    others = [
      { who: "B's administrator", api: platform.api.signedInAs(email, password) },
      { who: 'a platform administrator in B', api: b },
    ]
    operations = await describedOperations(platform.api)
    scoped = operations.filter(({ isScoped }) => isScoped)
    byId = scoped.filter(({ path }) => path.includes('{') && !ofThePlatform.has(kindOf(path)))
    ids = await resourcesOfA(a, platform, password)
  })

  const withoutIds = (): readonly DescribedOperation[] => scoped.filter((each) => !each.path.includes('{'))

  const pathFor = (operation: DescribedOperation, values: Readonly<Record<string, string>>): string =>
    fill(operation.path, { port: '1', ...values }) + operation.query

  const callOf = (operation: DescribedOperation): Call & { headers: Record<string, string> } => ({
    // Another each time: with the same one an answer is the one before.
    headers: { 'idempotency-key': randomUUID() },
    ...(operation.bodySchema === undefined
      ? {}
      : { body: bodies[operation.id] ?? sampleOf(operation.bodySchema) }),
    ...(operation.takesLines ? { bytes: 'ts,port,value\n' } : {}),
  })

  /** The id of A's that a filter or a field of this name can have. */
  const idFor = (name: string): string => {
    const [kind = '', key = 'id'] = filters.get(name) ?? []
    const id = ids.get(kind)?.[key]
    if (id === undefined) throw new Error(`A has nothing for ${name}`)
    return id
  }

  it('exist for every kind of resource that the API has routes for', () => {
    const kinds = new Set(byId.map(({ path }) => kindOf(path)))
    expect([...kinds].filter((kind) => !ids.has(kind))).toEqual([])
    expect(byId.length).toBeGreaterThan(12)
  })

  it('are missing for everybody else on every route, in the same words as ids that never were', async () => {
    const before = await everythingOf(a)
    for (const { who, api } of others) {
      for (const operation of byId) {
        const values = ids.get(kindOf(operation.path)) ?? {}
        const call = callOf(operation)
        const foreign = await api.call(operation.method, pathFor(operation, values), call)
        const missing = await api.call(operation.method, pathFor(operation, {}), call)
        expect({ who, operation: operation.id, ...shapeOf(foreign, values) }).toEqual({
          who,
          operation: operation.id,
          ...shapeOf(missing, {}),
        })
        expect(foreign.status, `${who}, ${operation.id}: ${foreign.text}`).toBe(404)
      }
    }
    expect(await everythingOf(a)).toEqual(before)
  })

  it('are not reached by naming A in the header either', async () => {
    const [insider] = others
    const named = { 'x-organization': a.organization ?? '' }
    const unknown = { 'x-organization': 'nobody' }
    for (const operation of byId) {
      const path = pathFor(operation, ids.get(kindOf(operation.path)) ?? {})
      const call = callOf(operation)
      const foreign = await insider?.api.call(operation.method, path, {
        ...call,
        headers: { ...call.headers, ...named },
      })
      const missing = await insider?.api.call(operation.method, path, {
        ...call,
        headers: { ...call.headers, ...unknown },
      })
      expect({ id: operation.id, status: foreign?.status }).toEqual({ id: operation.id, status: 404 })
      expect(foreign?.text.replace(requestId, '')).toBe(missing?.text.replace(requestId, ''))
    }
  })

  it('find nothing in filters, as ids that never were', async () => {
    const named = new Set<string>()
    for (const { who, api } of others) {
      for (const { id: operation, method, path, queryNames } of withoutIds()) {
        for (const name of queryNames.filter((each) => filters.has(each))) {
          named.add(name)
          const ask = (id: string): Promise<Answer> =>
            api.call(method, `${path}?${String(new URLSearchParams({ ...least[operation], [name]: id }))}`)
          const id = idFor(name)
          const [foreign, missing] = [await ask(id), await ask('nobody')]
          expect({ who, operation, name, ...shapeOf(foreign, { id }) }).toEqual({
            who,
            operation,
            name,
            ...shapeOf(missing, {}),
          })
          expect([operation, foreign.status]).toEqual([operation, 200])
        }
      }
    }
    expect(named.size).toBeGreaterThan(6)
  })

  it('are as missing in bodies, and what is sent with them changes nothing of A', async () => {
    const before = await everythingOf(a)
    const tried = new Set<string>()
    for (const { who, api } of others) {
      for (const { bodyNames, id: operation, method, path } of withoutIds()) {
        const makers = naming[operation] ?? []
        for (const name of bodyNames) if (filters.has(name)) tried.add(operation)
        for (const { body, field } of makers) {
          const id = idFor(field)
          const send = (named: string): Promise<Answer> =>
            api.call(method, path, { body: body(named), headers: { 'idempotency-key': randomUUID() } })
          const [foreign, missing] = [await send(id), await send('nobody')]
          const at = { who, operation, field }
          expect({ ...at, status: foreign.status }).toEqual({ ...at, status: missing.status })
          // What was made has ids and times of its own.
          const [told, toldMissing] = [shapeOf(foreign, { id }), shapeOf(missing, {})]
          const isMade = foreign.status < 300
          expect({ ...at, ...(isMade ? {} : told) }).toEqual({ ...at, ...(isMade ? {} : toldMissing) })
          // A body that says nothing is no test.
          expect({ ...at, isRead: foreign.status !== 400 }).toEqual({ ...at, isRead: true })
        }
      }
    }
    expect([...tried].filter((each) => naming[each] === undefined)).toEqual([])
    expect(await everythingOf(a)).toEqual(before)
  })

  it('of the organization, and of what its people have, are missing for the admin of another company, too', async () => {
    const [platform] = [running().api]
    const identified = z.object({ id: z.string() })
    const { company } = await platform.expect(
      z.object({ company: identified }),
      'POST',
      '/api/v1/companies',
      {
        body: { name: 'of B' },
      },
    )
    const { id: sister } = await platform.expect(identified, 'POST', '/api/v1/organizations', {
      body: { name: 'sister', companyId: company.id },
    })
    const email = 'company@org-b.example'
    await addUser(platform.in(sister), email, 'company-admin', password)
    const admin = platform.signedInAs(email, password)
    const [session] = (await a.get(z.object({ items: z.array(identified) }), '/api/v1/me/sessions')).items
    const foreignId: Readonly<Record<string, string>> = {
      '/api/v1/organizations/{id}': a.organization ?? '',
      '/api/v1/me/sessions/{id}': session?.id ?? '',
    }
    const unscoped = operations.filter(
      ({ isPublic, isScoped, path }) => !isScoped && !isPublic && path.includes('{'),
    )
    expect(unscoped.length).toBeGreaterThan(3)
    for (const operation of unscoped) {
      const [, id] = Object.entries(foreignId).find(([path]) => operation.path.startsWith(path)) ?? []
      expect([operation.id, id]).toEqual([operation.id, expect.stringMatching(/./)])
      const values = { id: id ?? '' }
      const call = callOf(operation)
      const foreign = await admin.call(operation.method, pathFor(operation, values), call)
      const missing = await admin.call(operation.method, pathFor(operation, {}), call)
      expect({ operation: operation.id, ...shapeOf(foreign, values) }).toEqual({
        operation: operation.id,
        ...shapeOf(missing, {}),
      })
      expect([operation.id, [403, 404].includes(foreign.status)]).toEqual([operation.id, true])
    }
    expect((await a.call('GET', '/api/v1/me')).status).toBe(200)
  })
})

const requestId = /"requestId":"[^"]+"/

/** Those of apps of before begin with `/api` alone. */
const kindOf = (path: string): string =>
  (path.startsWith('/api/v1/') ? path.split('/')[3] : path.split('/')[2]) ?? ''

/** The answer without what differs from call to call: the request's id and the id that was asked for. */
function shapeOf({ status, text }: Answer, values: Readonly<Record<string, string>>): object {
  let shape = text.replace(requestId, '')
  for (const value of Object.values(values)) shape = shape.replaceAll(value, 'nobody')
  return { status, shape }
}

async function everythingOf(api: ApiClient): Promise<unknown> {
  const lists = [
    'devices',
    'device-classes',
    'dead-letters',
    'replays',
    'schedules',
    'unknown-senders',
    'ingest-keys',
    'alerts',
    'alert-rules',
    'channels',
    'maintenance-windows',
    'devices/purifier-of-a/commands',
    'devices/purifier-of-a/override',
    'devices/purifier-of-a/desired',
    'roles',
    'users',
    'service-accounts',
    'provisioning-keys',
    'ledger/entries',
    'pods',
    'pods/pod-of-a/blocks',
    'bookings',
    'purchases',
  ]
  const answers = await Promise.all(lists.map((list) => api.call('GET', `/api/v1/${list}`)))
  return answers.map(({ body, status }) => ({ body, status }))
}

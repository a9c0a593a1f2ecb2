import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Answer, ApiClient, Call } from './harness/api-client.ts'
import { type DescribedOperation, describedOperations, fill, sampleOf } from './harness/openapi.ts'
import { podBody } from './harness/pods.ts'
import { createOrganization } from './harness/resources.ts'
import { alwaysBad, type Ids, resourcesOf, weekly } from './harness/resources-of.ts'
import { startPayments } from '../sim/payments/server.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'
import { namedKinds, namingBodies } from './harness/naming-bodies.ts'

const password = 'belongs-to-org-b-42'
const period = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }
const rule = { name: 'x', scope: {}, ...alwaysBad }
const aClass = {
  name: 'x',
  telemetry: [{ topic: 'b/{device}', decode: { shape: 'readings' } }],
  ports: [{ port: 1, name: 'x' }],
}
let people = 0
/** Where the least that the schema lets through is not enough. */
const bodies: Readonly<Record<string, () => object>> = {
  adoptUnknownSender: () => ({ classKey: 'port-monitor' }),
  compatCreateSchedule: () => ({ day: 'Monday', startTime: '08:00', endTime: '10:00', fanSpeed: 1 }),
  compatUpdateSchedule: () => ({ isActive: true }),
  createAlertRule: () => rule,
  createBooking: () => ({ start: '2099-02-02T10:00:00Z', end: '2099-02-02T11:00:00Z' }),
  createBulkCommand: () => ({ action: 'turnOn' }),
  createDevice: () => ({ classKey: 'port-monitor', name: 'x' }),
  createDeviceClass: () => ({ ...aClass, key: `class-${randomUUID()}` }),
  createMaintenanceWindow: () => ({ ...period, scope: {} }),
  createReplay: () => ({ target: 'nowhere' }),
  createSchedule: () => weekly,
  createUser: () => ({ email: `person-${(people += 1)}@org-b.example`, name: 'x', role: 'member' }),
  moveBooking: () => ({ start: '2099-02-01T14:00:00Z', end: '2099-02-01T15:00:00Z' }),
  putPod: () => podBody({ creditsPerSlot: 1 }),
  restoreArchive: () => ({ from: '2026-01-01', to: '2026-01-02' }),
  setOverride: () => ({ value: 1, durationMs: 1000 }),
  tryAlertRule: () => ({ rule, ...period }),
  updateAlertRule: () => rule,
  tryDeviceClass: () => ({ class: { ...aClass, key: 'x' }, samples: [{ topic: 'b/x', payload: '{}' }] }),
  updateDeviceClass: () => aClass,
  updateSchedule: () => ({ deviceId: 'sample', ...weekly }),
}

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
  let b: ApiClient
  /** An administrator of organization B, and a platform administrator who names B. */
  let others: readonly { readonly who: string; readonly api: ApiClient }[]
  let operations: readonly DescribedOperation[]
  let scoped: readonly DescribedOperation[]
  let byId: readonly DescribedOperation[]
  let ids: Ids
  let idsOfB: Ids

  beforeAll(async () => {
    const platform = running()
    a = await createOrganization(platform.api, 'org-a')
    b = await createOrganization(platform.api, 'org-b')
    const email = 'admin@org-b.example'
    await addUser(b, email, 'org-admin', password)
    others = [
      { who: "B's administrator", api: platform.api.signedInAs(email, password) },
      { who: 'a platform administrator in B', api: b },
    ]
    operations = await describedOperations(platform.api)
    scoped = operations.filter(({ isScoped }) => isScoped)
    byId = scoped.filter(({ path }) => path.includes('{') && !ofThePlatform.has(kindOf(path)))
    ids = await resourcesOf('a', a, platform, password)
    idsOfB = await resourcesOf('b', b, platform, password)
  })

  const withoutIds = (): readonly DescribedOperation[] => scoped.filter((each) => !each.path.includes('{'))

  const pathFor = (operation: DescribedOperation, values: Readonly<Record<string, string>>): string =>
    fill(operation.path, { port: '1', ...values }) + operation.query

  const callOf = (operation: DescribedOperation): Call & { headers: Record<string, string> } => ({
    // Another each time: with the same one an answer is the one before.
    headers: { 'idempotency-key': randomUUID() },
    ...(operation.bodySchema === undefined
      ? {}
      : { body: bodies[operation.id]?.() ?? sampleOf(operation.bodySchema) }),
    ...(operation.takesLines ? { bytes: 'ts,port,value\n' } : {}),
  })

  /** The id that a filter or a field of this name can have. */
  const idFor = (name: string, of = ids): string => {
    const [kind = '', key = 'id'] = namedKinds.get(name) ?? []
    const id = of.get(kind)?.[key]
    if (id === undefined) throw new Error(`there is nothing for ${name}`)
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
        for (const name of queryNames.filter((each) => namedKinds.has(each))) {
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

  it('are as missing in bodies, of whatever is made or changed, and nothing of A changes by it', async () => {
    const before = await everythingOf(a)
    const tried: string[] = []
    for (const operation of scoped) {
      const path = pathFor(operation, idsOfB.get(kindOf(operation.path)) ?? {})
      const base = bodies[operation.id]
      const named = namingBodies(operation.bodySchema, base?.())
      const send = (api: ApiClient, body: unknown): Promise<Answer> =>
        api.call(operation.method, path, {
          body: { ...Object(body), ...newOnes(base) },
          headers: { 'idempotency-key': randomUUID() },
        })
      const missed = new Map<string, string>()
      for (const { who, api } of others) {
        for (const { at, body, name } of named) {
          const id = idFor(name)
          const [foreign, missing] = [await send(api, body(id)), await send(api, body('nobody'))]
          const where = { who, operation: operation.id, at }
          expect({ ...where, ...refusalOf(foreign, { id }) }).toEqual({ ...where, ...refusalOf(missing, {}) })
          // A body that is refused for something else is no test.
          expect({ ...where, isRead: foreign.status !== 400 }).toEqual({ ...where, isRead: true })
          if (missing.status >= 300) missed.set(at, missing.text.replace(requestId, ''))
        }
      }
      // Nor is one that is answered like that whatever it names.
      for (const { at, body, name } of named) {
        const own = await send(b, body(idFor(name, idsOfB)))
        const isAsMissing = missed.get(at) === own.text.replace(requestId, '')
        expect([operation.id, at, isAsMissing]).toEqual([operation.id, at, false])
        tried.push(`${operation.id} ${at}`)
      }
    }
    expect(tried).toEqual(
      expect.arrayContaining(['updateSchedule deviceId', 'tryAlertRule rule.scope.classKey']),
    )
    expect(tried.length).toBeGreaterThan(40)
    expect(await everythingOf(a)).toEqual(before)
  }, 240_000)

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

/** What was made has ids and times of its own: of that only the status. */
function refusalOf(answer: Answer, values: Readonly<Record<string, string>>): object {
  return answer.status < 300 ? { status: answer.status } : shapeOf(answer, values)
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

/** What has to be another in each body. */
function newOnes(base: (() => object) | undefined): object {
  const made: Readonly<Record<string, unknown>> = { ...base?.() }
  return Object.fromEntries(['email', 'key'].filter((name) => name in made).map((name) => [name, made[name]]))
}

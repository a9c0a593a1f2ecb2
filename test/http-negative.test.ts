import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { describedOperations, fill, sampleOf } from './harness/openapi.ts'
import { otherwise } from './harness/otherwise.ts'
import { adminPassword } from './harness/platform.ts'
import { rawRequest } from './harness/raw-http.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const deviceSchema = z.looseObject({ id: z.string(), name: z.string() })

describe('the API refuses', () => {
  const running = usePlatform()
  let api: ApiClient
  let device: DeviceAccess

  beforeAll(async () => {
    api = await createOrganization(running().api, 'negative')
    device = await registerDevice(api, 'device-1')
  })

  const stored = (): Promise<z.output<typeof deviceSchema>> =>
    api.get(deviceSchema, `/api/v1/devices/${device.id}`)
  const patch = (bytes: string): Promise<Answer> =>
    api.call('PATCH', `/api/v1/devices/${device.id}`, {
      bytes,
      headers: { 'content-type': 'application/json' },
    })

  it('every operation without credentials, unless it is public', async () => {
    const operations = (await describedOperations(api)).filter(({ isPublic }) => !isPublic)
    expect(operations.length).toBeGreaterThan(20)
    const values = { id: device.id, device: device.id, key: 'port-monitor', port: '1' }
    for (const as of ['anonymous', 'Bearer x', `Bearer ${unsigned()}`, 'Basic eDp5', 'Digest x']) {
      const others = await otherwise([401], operations, ({ bodySchema, method, path }) =>
        api.call(method, fill(path, values), {
          as,
          ...(bodySchema === undefined ? {} : { body: sampleOf(bodySchema) }),
        }),
      )
      expect(others.map(({ one, status }) => `${one.id} as ${as}: ${status}`)).toEqual([])
    }
  })

  it.each([
    '{"orgId":"elsewhere"}',
    '{"id":"other"}',
    '{"role":"platform-admin"}',
    '{"balance":1000}',
    '{"status":"online"}',
    '{"credential":{"salt":"","hash":""}}',
    '{"name":{"$gt":""}}',
    '{"$where":"sleep(1000)"}',
    '{"$set":{"name":"x"}}',
    '{"location.latitude":1}',
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"name":"x","__proto__":{"isEnabled":false}}',
    '{"tags":["a"],"tags.0":"b"}',
    '[]',
    'null',
    '"x"',
    '{"name":',
  ])('to change a device by %s', async (body) => {
    const before = await stored()
    expect((await patch(body)).status).toBe(400)
    expect(await stored()).toEqual(before)
  })

  it('operators in place of values', async () => {
    const queries = [
      'id[$ne]=',
      'classKey[$ne]=x',
      'classKey[$gt]=',
      'limit[$gt]=1',
      '$where=1',
      'constructor[prototype][isAdmin]=1',
      'a.b=1',
    ]
    const ask = (query: string): Promise<Answer> => api.call('GET', `/api/v1/devices?${query}`)
    expect(await otherwise([400], queries, ask)).toEqual([])
    const bodies = [
      { email: { $gt: '' }, password: { $gt: '' } },
      { user: { $gt: '' } },
      { email: 'admin@fleetloom.local', password: adminPassword, role: 'x' },
    ]
    const login = (body: object): Promise<Answer> =>
      api.call('POST', '/api/v1/auth/login', { body, as: 'anonymous' })
    expect(await otherwise([400], bodies, login)).toEqual([])
  })

  it('limits and cursors that are none', async () => {
    const limits = ['1e9', '-1', '0', '1.5', 'x', '', '99999999999999999999'].map((limit) => `limit=${limit}`)
    const cursors = ['x', '%00', '%7B%22$gt%22:%22%22%7D', 'A'.repeat(3000)].map(
      (cursor) => `cursor=${cursor}`,
    )
    const lists = ['/devices', '/dead-letters', `/devices/${device.id}/readings`]
    const queries = lists.flatMap((list) => [...limits, ...cursors].map((query) => `/api/v1${list}?${query}`))
    expect(await otherwise([400], queries, (query) => api.call('GET', query))).toEqual([])
  })

  it('bodies that are too large or too deep', async () => {
    const headers = {
      authorization: `Bearer ${await api.token()}`,
      'x-organization': api.organization ?? '',
      'content-type': 'application/json',
    }
    const large = { headers, body: Buffer.alloc(50e6, 'x') }
    const routes = ['/api/v1/devices', `/api/v1/ingest/${device.id}`, '/editor/flows']
    expect(
      await otherwise([413], routes, (route) => rawRequest(running().url, 'POST', route, large)),
    ).toEqual([])
    const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000)
    const bodies = [deep('[', ']'), `{"name":${deep('[', ']')}}`, deep('{"a":', '}').replace('}', '1}')]
    const others = await otherwise([400], bodies, patch)
    expect(others.map(({ one, status }) => `${one.slice(0, 20)}…: ${status}`)).toEqual([])
  })
})

/** `alg: none`, otherwise plausible. */
function unsigned(): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const expires = Math.floor(Date.now() / 1000) + 600
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ sub: 'admin', exp: expires })}.`
}

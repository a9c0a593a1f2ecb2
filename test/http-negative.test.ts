import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { describedOperations, fill, sampleOf } from './harness/openapi.ts'
import { adminPassword } from './harness/platform.ts'
import { rawRequest } from './harness/raw-http.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const deviceSchema = z.looseObject({ id: z.string(), name: z.string() })

describe('the HTTP interface refuses', () => {
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
    for (const { bodySchema, id, method, path: template } of operations) {
      const call = { as: 'anonymous', ...(bodySchema === undefined ? {} : { body: sampleOf(bodySchema) }) }
      const known = fill(template, { id: device.id, device: device.id, key: 'port-monitor', port: '1' })
      expect((await api.call(method, known, call)).status, id).toBe(401)
      for (const as of ['Bearer x', `Bearer ${unsigned()}`, 'Basic eDp5', 'Digest x'])
        expect((await api.call(method, known, { ...call, as })).status, `${id} as ${as}`).toBe(401)
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
    for (const query of [
      'id[$ne]=',
      'classKey[$ne]=x',
      'classKey[$gt]=',
      'limit[$gt]=1',
      '$where=1',
      'constructor[prototype][isAdmin]=1',
      'a.b=1',
    ])
      expect((await api.call('GET', `/api/v1/devices?${query}`)).status, query).toBe(400)
    for (const body of [
      { email: { $gt: '' }, password: { $gt: '' } },
      { user: { $gt: '' } },
      { email: 'admin@fleetloom.local', password: adminPassword, role: 'x' },
    ])
      expect((await api.call('POST', '/api/v1/auth/login', { body, as: 'anonymous' })).status).toBe(400)
  })

  it('limits and cursors that are none', async () => {
    for (const limit of ['1e9', '-1', '0', '1.5', 'x', '', '99999999999999999999'])
      expect((await api.call('GET', `/api/v1/devices?limit=${limit}`)).status, limit).toBe(400)
    for (const cursor of ['x', '%00', encodeURIComponent('{"$gt":""}'), 'A'.repeat(3000)])
      expect((await api.call('GET', `/api/v1/devices?cursor=${cursor}`)).status, cursor).toBe(400)
    for (const cursor of ['x', '%00', encodeURIComponent('{"$gt":""}')]) {
      const answer = await api.call('GET', `/api/v1/devices/${device.id}/readings?cursor=${cursor}`)
      expect(answer.status, cursor).toBe(400)
    }
  })

  it('bodies that are too large or too deep', async () => {
    const headers = {
      authorization: `Bearer ${await api.token()}`,
      'x-organization': api.organization ?? '',
      'content-type': 'application/json',
    }
    const large = { headers, body: Buffer.alloc(50e6, 'x') }
    expect((await rawRequest(running().url, 'POST', '/api/v1/devices', large)).status).toBe(413)
    expect((await rawRequest(running().url, 'POST', '/editor/flows', large)).status).toBe(413)
    const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000)
    for (const body of [
      deep('[', ']'),
      `{"name":${deep('[', ']')}}`,
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    ])
      expect((await patch(body)).status).toBe(400)
  })

  it('to leave a folder', async () => {
    const up = ['..%2f', '..%5c', '%2e%2e/', '%2e%2e%2f', '../', '....//', '..%252f']
    const from = [
      '/',
      '/editor/',
      '/editor/vendor/',
      '/editor/icons/x/',
      '/editor/library/local/flows/',
      '/dashboard/',
      '/api/v1/',
      '/socket.io/',
    ]
    const cookie = await signIn(running().url)
    const headers = { authorization: `Bearer ${await api.token()}`, cookie }
    for (const start of from) {
      const missing = await rawRequest(running().url, 'GET', `${start}nobody.svg`, { headers })
      for (const step of up) {
        const target = `${start}${step.repeat(6)}etc/passwd`
        const { status, text } = await rawRequest(running().url, 'GET', target, { headers })
        expect(text, target).not.toContain('root:')
        if (status !== 200) expect([400, 403, 404], `${target}: ${status}`).toContain(status)
        // There is an icon for every name, and the dashboard's page for every path below it.
        else expect(text, target).toBe(missing.text)
      }
    }
  })

  it('the editor without a login', async () => {
    for (const route of [
      'flows',
      'nodes',
      'settings',
      'settings/user',
      'library/local/flows',
      'context/global',
      'credentials/x/y',
      'flow/global',
      'diagnostics',
      'plugins',
    ])
      expect((await api.call('GET', `/editor/${route}`, { as: 'anonymous' })).status, route).toBe(401)
    for (const [method, route] of [
      ['POST', 'flows'],
      ['POST', 'flow'],
      ['PUT', 'flow/x'],
      ['DELETE', 'flow/x'],
      ['POST', 'inject/x'],
      ['POST', 'library/local/flows/x'],
      ['DELETE', 'context/global/x'],
    ] as const)
      expect((await api.call(method, `/editor/${route}`, { as: 'anonymous', body: {} })).status, route).toBe(
        401,
      )
    expect(await commsWithoutLogin(running().url)).toEqual([])
  })

  it('what a foreign page sends with our cookie', async () => {
    const { url } = running()
    const cookie = await signIn(url)
    const create = (id: string, origin: string | undefined): Promise<Answer> =>
      api.call('POST', '/api/v1/devices', {
        as: 'anonymous',
        body: { id, classKey: 'port-monitor', name: id },
        headers: {
          cookie,
          'x-organization': api.organization ?? '',
          ...(origin === undefined ? {} : { origin }),
        },
      })
    expect((await create('foreign-1', 'http://evil.example')).status).toBe(403)
    expect((await create('foreign-2', 'null')).status).toBe(403)
    expect((await create('foreign-3', undefined)).status).toBe(403)
    expect((await create('own-1', url)).status).toBe(201)
    const flows = { as: 'anonymous', body: [], headers: { cookie, origin: 'http://evil.example' } }
    expect((await api.call('POST', '/editor/flows', flows)).status).toBe(403)
    const read = await api.call('GET', '/api/v1/me', {
      as: 'anonymous',
      headers: { cookie, origin: 'http://evil.example' },
    })
    expect(read.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('to tell a secret, in answers as in the log', async () => {
    const platform = running()
    const { password } = await registerDevice(api, 'secretive')
    const reads = (await describedOperations(api)).filter(({ method }) => method === 'GET')
    const known = { id: 'secretive', key: 'port-monitor', port: '1' }
    const texts = await Promise.all(
      reads.map(async ({ path: template }) => (await api.call('GET', fill(template, known))).text),
    )
    texts.push(
      (await api.call('GET', '/editor/flows')).text,
      (await api.call('GET', '/editor/settings')).text,
    )
    texts.push(await (await fetch(`${platform.url}/metrics`)).text(), platform.log)
    const jwtSecret = secretsIn(platform.dataDir)
    expect(jwtSecret).toHaveLength(1)
    for (const text of texts) {
      for (const secret of [password, adminPassword, ...jwtSecret]) expect(text).not.toContain(secret)
      expect(text).not.toMatch(/\$scrypt\$|passwordHash|"salt"|"hash":/)
    }
  })
})

/** `alg: none`, otherwise plausible. */
function unsigned(): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const expires = Math.floor(Date.now() / 1000) + 600
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ sub: 'admin', exp: expires })}.`
}

/** What the editor's socket says to somebody who only listens and subscribes. */
async function commsWithoutLogin(url: string): Promise<readonly string[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/editor/comms`)
  const told: string[] = []
  socket.on('open', () => {
    socket.send('{"subscribe":"status/#"}')
    socket.send('{"auth":"nonsense"}')
  })
  socket.on('message', (data: Buffer) => told.push(data.toString()))
  await new Promise((resolve) => socket.once('close', resolve).once('error', resolve))
  return told.filter((message) => message !== '{"auth":"fail"}')
}

async function signIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url },
    body: new URLSearchParams({ email: 'admin@fleetloom.local', password: adminPassword }),
  })
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  if (cookie === undefined) throw new Error(`no cookie: ${answer.status}`)
  return cookie
}

function secretsIn(dataDir: string): readonly string[] {
  const secrets: unknown = JSON.parse(readFileSync(path.join(dataDir, 'secrets.json'), 'utf8'))
  return z.record(z.string(), z.string()).parse(secrets)['jwtSecret']?.split('\n') ?? []
}

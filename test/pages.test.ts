import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { describedOperations, fill } from './harness/openapi.ts'
import { otherwise } from './harness/otherwise.ts'
import { EditorClient } from './harness/editor-client.ts'
import { adminPassword } from './harness/platform.ts'
import { rawRequest } from './harness/raw-http.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const running = usePlatform()

it('the bare address leads a browser to the dashboard, unless a flow serves it', async () => {
  const { api, url } = running()
  const open = (accept: string): Promise<Response> => fetch(url, { headers: { accept }, redirect: 'manual' })
  const led = await open('text/html')
  expect([led.status, led.headers.get('location')]).toEqual([302, '/dashboard/'])
  expect((await open('application/json')).status).toBe(404)
  expect((await fetch(url, { headers: { accept: 'text/html' } })).url).toBe(
    `${url}/login?next=%2Fdashboard%2F`,
  )

  const editor = new EditorClient(api)
  const { flows, rev } = await editor.flows()
  const page = [
    { id: 'aaaabbbbcccc0001', type: 'tab', label: 'mine' },
    {
      id: 'aaaabbbbcccc0002',
      type: 'http in',
      z: 'aaaabbbbcccc0001',
      url: '/',
      method: 'get',
      x: 100,
      y: 100,
      wires: [['aaaabbbbcccc0003']],
    },
    {
      id: 'aaaabbbbcccc0003',
      type: 'http response',
      z: 'aaaabbbbcccc0001',
      statusCode: '202',
      x: 300,
      y: 100,
      wires: [],
    },
  ]
  await editor.deploy({ rev, flows: [...flows, ...page] }, 'flows')
  await untilTrue('the flow serves it', async () => (await open('text/html')).status === 202)
})

describe('editor, pages and API refuse', () => {
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'pages')
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
    const get = (target: string): ReturnType<typeof rawRequest> =>
      rawRequest(running().url, 'GET', target, { headers })
    for (const start of from) {
      // There is an icon for every name, and the dashboard's page for every path below it.
      const missing = await get(`${start}nobody.svg`)
      for (const target of up.map((step) => `${start}${step.repeat(6)}etc/passwd`)) {
        const { status, text } = await get(target)
        const isRefused = [400, 403, 404].includes(status) || text === missing.text
        expect({ target, status, isRefused }).toEqual({ target, status, isRefused: true })
        expect(text).not.toContain('root:')
      }
    }
  })

  it('the editor to whoever is not signed in', async () => {
    const routes = [
      'GET flows',
      'GET nodes',
      'GET settings',
      'GET settings/user',
      'GET library/local/flows',
      'GET context/global',
      'GET credentials/x/y',
      'GET flow/global',
      'GET diagnostics',
      'GET plugins',
      'POST flows',
      'POST flow',
      'PUT flow/x',
      'DELETE flow/x',
      'POST inject/x',
      'POST library/local/flows/x',
      'DELETE context/global/x',
    ]
    const call = (route: string): Promise<Answer> => {
      const [method = '', target = ''] = route.split(' ')
      const body = method === 'POST' || method === 'PUT' ? { body: {} } : {}
      return api.call(method, `/editor/${target}`, { as: 'anonymous', ...body })
    }
    expect(await otherwise([401], routes, call)).toEqual([])
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
      reads.map(async ({ path: template }) => {
        const { text } = await api.call('GET', fill(template, known))
        // What chains its entries is no secret's.
        return template.startsWith('/api/v1/audit') ? text.replaceAll('"hash":', '"chained":') : text
      }),
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
      expect(text).not.toMatch(/\$scrypt\$|passwordHash|"salt":"|"hash":"/)
    }
  })
})

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

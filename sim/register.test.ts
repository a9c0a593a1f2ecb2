import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { planDevices, registerDevices, type SignIn } from './register.ts'

const ADMIN: SignIn = { kind: 'password', email: 'admin@x', password: 'pw' }

interface Seen {
  readonly route: string
  readonly organization: string | undefined
  readonly authorization: string | undefined
  readonly body: unknown
}

type Reply = readonly [status: number, body: unknown, headers?: Record<string, string>]

let server: Server | undefined
afterEach(() => server?.close())

/** A platform that answers each route from its list, and goes on with the last answer. */
async function platform(routes: Readonly<Record<string, readonly Reply[]>>) {
  const seen: Seen[] = []
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const sent = await text(request)
    const route = `${request.method} ${request.url}`
    const { authorization } = request.headers
    const organization = request.headers['x-organization']?.toString()
    const times = seen.filter((earlier) => earlier.route === route).length
    seen.push({ route, organization, authorization, body: sent === '' ? undefined : JSON.parse(sent) })
    const replies = routes[route] ?? []
    return replies[times] ?? replies.at(-1) ?? [404, { title: 'Not found' }]
  }
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [status, body, headers = {}] = await answer(request)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
  server = createServer((request, response) => void respond(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')
  return { url: `http://127.0.0.1:${address.port}`, seen }
}

function register(url: string, signIn: SignIn = ADMIN, count = 1) {
  return registerDevices({
    url,
    signIn,
    organization: 'Acme',
    devices: planDevices([{ classKey: 'port-monitor', count }], 'sim'),
    signal: new AbortController().signal,
  })
}

const CREATED: Reply = [201, { device: {}, credential: { username: 'u', password: 'first' } }]
const ADMIN_OF_ACME: Readonly<Record<string, readonly Reply[]>> = {
  'POST /api/v1/auth/login': [[200, { accessToken: 'jwt' }]],
  'GET /api/v1/organizations': [[200, { items: [{ id: 'o-1', name: 'Acme' }] }]],
}

describe('registering', () => {
  it('signs in, finds the organization and gives each device its password', async () => {
    const { url, seen } = await platform({ ...ADMIN_OF_ACME, 'POST /api/v1/devices': [CREATED] })
    expect(await register(url)).toEqual([
      { deviceId: 'sim-port-monitor-0001', password: 'first', orgId: 'o-1', classKey: 'port-monitor' },
    ])
    expect(seen[0]?.body).toEqual({ email: 'admin@x', password: 'pw' })
    expect(seen[2]).toEqual({
      route: 'POST /api/v1/devices',
      organization: 'o-1',
      authorization: 'Bearer jwt',
      body: {
        id: 'sim-port-monitor-0001',
        classKey: 'port-monitor',
        name: 'sim-port-monitor-0001',
        ports: [1, 2, 3, 4].map((port) => ({ port, scaling: 1, offset: 0 })),
      },
    })
  })

  it('uses a token as it is, and creates an organization that no page lists', async () => {
    const { url, seen } = await platform({
      'GET /api/v1/organizations': [[200, { items: [{ id: 'o-9', name: 'Other' }], nextCursor: 'c=2' }]],
      'GET /api/v1/organizations?cursor=c%3D2': [[200, { items: [] }]],
      'POST /api/v1/organizations': [[201, { id: 'o-2', name: 'Acme' }]],
      'POST /api/v1/devices': [CREATED],
    })
    const [member] = await register(url, { kind: 'token', token: 'key' })
    expect(member?.orgId).toBe('o-2')
    expect(seen[0]?.authorization).toBe('Bearer key')
  })

  it('asks for a fresh password when the device is there already', async () => {
    const { url } = await platform({
      ...ADMIN_OF_ACME,
      'POST /api/v1/devices': [[409, { title: 'Conflict' }]],
      'POST /api/v1/devices/sim-port-monitor-0001/credential': [
        [200, { credential: { username: 'u', password: 'fresh' } }],
      ],
    })
    const [member] = await register(url)
    expect(member?.password).toBe('fresh')
  })

  it('keeps the order of the devices, however many are under way', async () => {
    const { url } = await platform({ ...ADMIN_OF_ACME, 'POST /api/v1/devices': [CREATED] })
    const members = await register(url, ADMIN, 20)
    expect(members.map(({ deviceId }) => deviceId)).toEqual(
      planDevices([{ classKey: 'port-monitor', count: 20 }], 'sim').map(({ deviceId }) => deviceId),
    )
  })

  it('tries again when the platform is busy', async () => {
    const { url } = await platform({
      ...ADMIN_OF_ACME,
      'POST /api/v1/devices': [[429, {}, { 'retry-after': '0' }], [503, {}, { 'retry-after': '0' }], CREATED],
    })
    expect(await register(url)).toHaveLength(1)
  })

  it('shows a problem document as people read it', async () => {
    const { url } = await platform({
      ...ADMIN_OF_ACME,
      'POST /api/v1/devices': [
        [
          422,
          { title: 'Invalid', detail: 'Not a device', errors: [{ path: 'classKey', message: 'is unknown' }] },
        ],
      ],
    })
    await expect(register(url)).rejects.toThrow(
      'POST /api/v1/devices: 422 Invalid: Not a device\n  classKey: is unknown',
    )
  })

  it('does not take an answer of another shape', async () => {
    const { url } = await platform({ 'POST /api/v1/auth/login': [[200, { token: 'jwt' }]] })
    await expect(register(url)).rejects.toThrow(/unexpected shape[\s\S]*accessToken/)
  })
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createApp, lastResort } from '../../../server/app.ts'
import { createMetrics } from '../../../engines/metrics/prometheus.ts'
import type { RequestCredentials } from '../../identity/authenticator.ts'
import { type NodeRedUnderTest, openNodeRed } from '../../platform/kit/node-red.fixture.ts'
import { silentLogger } from '../../platform/logger.ts'
import { type AnyOperation, defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'

const common = { tag: 'doors', summary: '', responses: {} }
const operations: readonly AnyOperation[] = [
  defineOperation({
    ...common,
    id: 'openDoor',
    method: 'post',
    path: '/api/v1/doors/:id/opening',
    access: 'modules:iot:devices:update',
    params: z.object({ id: z.string() }),
    body: z.strictObject({ seconds: z.number().max(60) }),
    handle: () => Promise.resolve(reply(204)),
  }),
  defineOperation({
    ...common,
    id: 'listDoors',
    method: 'get',
    path: '/api/v1/doors',
    access: 'public',
    query: z.strictObject({ limit: z.coerce.number().default(50) }),
    handle: () => Promise.resolve(reply(200)),
  }),
]
const permissionsBy: Readonly<Record<string, readonly string[]>> = {
  'Bearer operator': ['modules:iot:devices:update'],
  'Bearer guest': [],
}
const authenticate = ({ authorization = '' }: RequestCredentials): Promise<object> => {
  if (authorization === 'Bearer broken') return Promise.reject(new TypeError('x is not a function'))
  const permissions = permissionsBy[authorization]
  return Promise.resolve(
    permissions === undefined
      ? { kind: 'anonymous' }
      : { kind: 'authenticated', principal: { kind: 'user', userId: 'u1', orgId: 'acme', permissions } },
  )
}

let red: NodeRedUnderTest
let server: Server
const metrics = createMetrics()
let origin: string

beforeAll(async () => {
  red = await openNodeRed({
    http: {
      operations: {
        find: (wanted: string) => operations.find(({ id }) => id === wanted),
        all: () => operations,
      },
    },
    identity: { authenticate },
    quotas: { callWaitSeconds: () => undefined },
    metrics,
    log: silentLogger,
  })
  const app = createApp({
    log: silentLogger,
    metrics,
    troubles: () => Promise.resolve([]),
    isSecure: false,
    trustedProxies: [],
  })
  app.use(red.http)
  app.use(...lastResort(silentLogger, () => true))
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`
}, 30_000)

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await red[Symbol.asyncDispose]()
})

/** Answers what it gets, so that a test sees what `request` lets through. */
const echo = { id: 'echo', type: 'change', rules: [], wires: [['reply']] }
const answering = [
  { ...echo, rules: [{ t: 'delete', p: 'payload.principal', pt: 'msg' }] },
  { id: 'reply', type: 'reply' },
  { id: 'catch', type: 'catch', scope: null, uncaught: false, wires: [['reply']] },
]
const request = (id: string, operation: string): { readonly id: string; readonly type: string } =>
  Object.assign({ id, type: 'request' }, { operation, wires: [['echo'], ['reply']] })

async function call(
  method: string,
  path: string,
  options: { readonly as?: string; readonly body?: string } = {},
): Promise<readonly [status: number, body: unknown]> {
  const response = await fetch(origin + path, {
    method,
    headers: options.as === undefined ? {} : { authorization: `Bearer ${options.as}` },
    ...(options.body === undefined ? {} : { body: options.body }),
  })
  return [response.status, JSON.parse(await response.text())]
}
const opening = '/api/v1/doors/d1/opening'

describe('a request node', () => {
  beforeEach(() => red.deploy(request('open', 'openDoor'), request('list', 'listDoors'), ...answering))

  test('serves the method and path of its operation, and sends the parsed parts on', async () => {
    expect(await call('POST', opening, { as: 'operator', body: '{"seconds":3}' })).toEqual([
      200,
      expect.objectContaining({
        operationId: 'openDoor',
        params: { id: 'd1' },
        body: { seconds: 3 },
        orgId: 'acme',
      }),
    ])
    expect(await call('GET', '/api/v1/doors?limit=7')).toEqual([
      200,
      expect.objectContaining({ operationId: 'listDoors', query: { limit: 7 } }),
    ])
  })

  test('serves no other method', async () => {
    expect(await call('PUT', opening, { as: 'operator', body: '{"seconds":3}' })).toMatchObject([404, {}])
  })

  test.each([
    ['who does not say who it is', {}, 401],
    ['who may not', { as: 'guest', body: '{"seconds":3}' }, 403],
    ['a body that the operation does not take', { as: 'operator', body: '{"seconds":61}' }, 400],
    ['a body that is no JSON', { as: 'operator', body: '{' }, 400],
    ['no body', { as: 'operator' }, 400],
    ['a body larger than 1 MB', { as: 'operator', body: `"${'x'.repeat(1_048_576)}"` }, 413],
  ])('refuses %s', async (_, options, status) => {
    expect(await call('POST', opening, options)).toMatchObject([status, { status }])
  })

  test('gives what failed to the catch node', async () => {
    expect(await call('POST', opening, { as: 'broken', body: '{"seconds":3}' })).toMatchObject([500, {}])
  })

  test('says how many requests it refused', async () => {
    await call('POST', opening, { as: 'operator', body: '{"seconds":3}' })
    await call('POST', opening)
    await vi.waitFor(() => expect(red.statusOf('open')?.text).toMatch(/2 · 1 refused$/), 5000)
  })

  test('is called after its operation by the metrics', async () => {
    await call('POST', opening)
    expect(await metrics.render()).toContain(
      'fleetloom_node_items_received{type="request",node="openDoor"} 1',
    )
  })

  test('stops serving when it is gone', async () => {
    await red.deploy(request('list', 'listDoors'), ...answering)
    expect(await call('POST', opening, { as: 'operator', body: '{"seconds":3}' })).toMatchObject([404, {}])
    expect(await call('GET', '/api/v1/doors')).toMatchObject([200, {}])
  })
})

describe('a request node that cannot serve', () => {
  test('because another does already says so, and leaves the requests to that one', async () => {
    const silent = { id: 'second', type: 'request', operation: 'listDoors', wires: [[], []] }
    await red.deploy(request('first', 'listDoors'), silent, ...answering)
    expect(await call('GET', '/api/v1/doors')).toMatchObject([200, { operationId: 'listDoors' }])
    await vi.waitFor(() => expect(red.statusOf('second')).toMatchObject({ fill: 'red' }), 5000)
    expect(red.statusOf('second')?.text).toContain('another node serves this route already')
  })

  test.each([
    ['closeDoor', 'there is no operation named closeDoor'],
    ['', 'choose one'],
  ])('because its operation is %j says so', async (operation, text) => {
    await red.deploy(request('lost', operation), ...answering)
    expect(red.statusOf('lost')).toMatchObject({ fill: 'red', text: expect.stringContaining(text) })
  })
})

test('a request node goes on serving when an http in of the same path goes', async () => {
  const plain = { id: 'plain', type: 'http in', method: 'get', url: '/api/v1/doors', wires: [['reply']] }
  await red.deploy(request('list', 'listDoors'), plain, ...answering)
  await red.deployChanges(request('list', 'listDoors'), ...answering)
  expect(await call('GET', '/api/v1/doors')).toMatchObject([200, { operationId: 'listDoors' }])
})

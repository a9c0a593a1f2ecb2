import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../nodes/platform/logger.ts'
import { boundBodies, createApp, lastResort } from './app.ts'
import { createMetrics } from '../engines/metrics/prometheus.ts'

const friend = 'https://app.example'
let server: Server
let origin: string
let troubles: readonly string[] = []
let areFlowsRunning = true

beforeAll(async () => {
  const app = createApp({
    log: silentLogger,
    metrics: createMetrics(),
    troubles: () => Promise.resolve(troubles),
    isSecure: false,
    trustedProxies: ['loopback'],
    allowedOrigins: [friend],
  })
  app.post(
    '/api/v1/echo',
    (req, res) => void res.json({ bytes: req.body instanceof Uint8Array ? req.body.length : -1 }),
  )
  app.get('/api/v1/broken', () => {
    throw new Error('a secret of ours')
  })
  app.use(...lastResort(silentLogger, () => areFlowsRunning))
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(origin + path, { headers })
const post = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(`${origin}/api/v1/echo`, { method: 'POST', body, headers })

describe('a page of others', () => {
  const ask = (page: string): Promise<Response> =>
    fetch(`${origin}/api/v1/echo`, {
      method: 'OPTIONS',
      headers: {
        origin: page,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    })

  test('may call the API when it is named, and reads the answer, but never with cookies', async () => {
    const asked = await ask(friend)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe(friend)
    expect(asked.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(asked.headers.has('access-control-allow-credentials')).toBe(false)
    const answer = await post('x', { origin: friend })
    expect(answer.headers.get('access-control-allow-origin')).toBe(friend)
    expect(answer.headers.get('access-control-expose-headers')).toContain('Location')
  })

  test.each(['https://evil.example', 'http://app.example', 'https://app.example.evil.example', 'null'])(
    'may not from %s',
    async (page) => {
      expect((await ask(page)).headers.has('access-control-allow-origin')).toBe(false)
      expect((await post('x', { origin: page })).headers.has('access-control-allow-origin')).toBe(false)
    },
  )

  test('learns nothing of what is not the API', async () => {
    expect((await get('/healthz', { origin: friend })).headers.has('access-control-allow-origin')).toBe(false)
  })
})

describe('every answer', () => {
  test('of the API stays in no cache', async () => {
    expect((await post('x')).headers.get('cache-control')).toBe('no-store')
    expect((await get('/api/v1/nothing')).headers.get('cache-control')).toBe('no-store')
  })

  test('has an id of its own, or the one that the caller gave', async () => {
    const first = (await get('/healthz')).headers.get('x-request-id')
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect((await get('/healthz')).headers.get('x-request-id')).not.toBe(first)
    expect((await get('/healthz', { 'x-request-id': 'mine.1-a' })).headers.get('x-request-id')).toBe(
      'mine.1-a',
    )
  })

  test.each(['with space', '<script>', 'x'.repeat(101)])('does not repeat an id such as %j', async (id) => {
    expect((await get('/healthz', { 'x-request-id': id })).headers.get('x-request-id')).not.toBe(id)
  })

  test.each(['/healthz', '/api/v1/nothing', '/', '/editors'])(
    '%s keeps scripts and frames out',
    async (path) => {
      const { headers } = await get(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/script-src [^;]*unsafe/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.has('x-powered-by')).toBe(false)
      expect(headers.has('strict-transport-security')).toBe(false)
    },
  )

  test.each(['/editor', '/editor/x', '/dashboard/page'])(
    '%s may have the scripts that it brings',
    async (path) => {
      expect((await get(path)).headers.get('content-security-policy')).toMatch(
        /script-src [^;]*'unsafe-inline'/,
      )
    },
  )
})

describe('health', () => {
  test('is alive whatever is in the way, and ready when nothing is', async () => {
    for (const path of ['/healthz', '/health'])
      expect(await (await get(path)).json()).toEqual({ status: 'ok' })
    troubles = []
    const ready = await get('/readyz')
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', troubles: [] }])

    troubles = ['store: does not answer']
    const notReady = await get('/readyz')
    expect([notReady.status, await notReady.json()]).toEqual([
      503,
      { status: 'not ready', troubles: ['store: does not answer'] },
    ])
  })

  test('shows metrics in the format that Prometheus reads', async () => {
    const response = await get('/metrics')
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await response.text()).toContain('# TYPE fleetloom_append_seconds histogram')
  })
})

describe('bodies', () => {
  test('come as bytes, whatever they say they are', async () => {
    expect(await (await post('{"broken', { 'content-type': 'application/json' })).json()).toEqual({
      bytes: 8,
    })
    expect(await (await post('abc', { 'content-type': 'image/png' })).json()).toEqual({ bytes: 3 })
  })

  test.each([
    [413, 'larger than a megabyte', new Uint8Array(1_048_577), {}, /larger than 1mb/],
    [415, 'packed in a way we do not know', 'x', { 'content-encoding': 'zpaq' }, /cannot be read/],
    [400, 'not what they are said to be packed as', 'x', { 'content-encoding': 'gzip' }, /cannot be read/],
  ])('%i: those that are %s', async (status, _, body, headers, detail) => {
    const response = await post(body, headers)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await response.json()).toMatchObject({
      status,
      detail: expect.stringMatching(detail),
      requestId: response.headers.get('x-request-id'),
    })
  })
})

describe('what nobody answers', () => {
  test('is a problem document', async () => {
    const response = await get('/api/v1/nothing?x=1')
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: 'there is nothing at GET /api/v1/nothing',
      requestId: response.headers.get('x-request-id'),
    })
  })

  test('is told to come again while flows are being started: its route may not be there yet', async () => {
    areFlowsRunning = false
    const response = await get('/api/v1/nothing')
    areFlowsRunning = true

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.json()).toMatchObject({ status: 503, detail: 'the flows are being started' })
  })

  test('also when it is thrown over, without what was thrown', async () => {
    const response = await get('/api/v1/broken')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })

  test('a path that cannot be decoded is the fault of the caller', async () => {
    expect((await get('/api/%E0%A4%A')).status).toBeLessThan(500)
  })
})

test('bodies share a room; who finds it full comes back', async () => {
  const app = express()
  const waiting: express.Response[] = []
  let isThere: () => void = () => undefined
  app.use(boundBodies(100))
  app.post('/', (_, res) => {
    waiting.push(res)
    isThere()
  })
  app.get('/', (_, res) => void res.send('free'))
  const full = createServer(app).listen(0, '127.0.0.1')
  await once(full, 'listening')
  const address = full.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}/`
  const send = (bytes: number): Promise<Response> => fetch(url, { method: 'POST', body: 'x'.repeat(bytes) })

  const arrived = new Promise<void>((resolve) => (isThere = resolve))
  const first = send(60)
  await arrived
  const refused = await send(60)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await fetch(url)).status).toBe(200)
  waiting[0]?.send('done')
  await (await first).text()
  isThere = () => waiting.at(-1)?.send('done')
  expect((await send(60)).status).toBe(200)
  full.closeAllConnections()
  full.close()
})

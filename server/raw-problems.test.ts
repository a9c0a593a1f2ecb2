import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { problemSchema } from '../nodes/platform/kit/endpoints/problem.ts'
import { silentLogger } from '../nodes/platform/logger.ts'
import { Allowances } from '../nodes/platform/allowances.ts'
import { createApp } from './app.ts'
import { createMetrics } from '../engines/metrics/prometheus.ts'
import { answerWithProblems, serverOptions } from './raw-problems.ts'

let server: Server
const port = (): number => z.object({ port: z.number() }).parse(server.address()).port

beforeAll(async () => {
  const app = createApp({
    log: silentLogger,
    metrics: createMetrics(),
    troubles: () => Promise.resolve([]),
    isSecure: false,
    trustedProxies: ['loopback'],
  })
  app.get('/begun', (req, res) => {
    res.write('a part')
    req.once('error', () => undefined)
  })
  app.post('/api/v1/echo', (_, res) => void res.json({}))
  server = createServer({ ...serverOptions, connectionsCheckingInterval: 20 }, app)
  server.headersTimeout = 100
  server.requestTimeout = 100
  answerWithProblems(server, new Allowances({ perSecond: 0, burst: 100 }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** All that comes back until the server has closed the connection. */
async function say(...texts: readonly string[]): Promise<string> {
  const socket = connect(port(), '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (bytes) => received.push(bytes))
  socket.on('error', () => undefined)
  for (const text of texts) socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(received).toString()
}

const lines = (...parts: readonly string[]): string => `${parts.join('\r\n')}\r\n\r\n`

function parse(answer: string): {
  readonly status: number
  readonly headers: string
  readonly body: unknown
} {
  const [headers = '', body = ''] = answer.split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(headers)?.[1]),
    headers: headers.toLowerCase(),
    body: JSON.parse(body),
  }
}

describe('what no route sees is answered with a problem document, and the connection is closed', () => {
  const fine = ['POST /api/v1/echo HTTP/1.1', 'Host: x']
  test.each([
    ['bytes that are no request', ['\u0016\u0003\u0001 hello\r\n\r\n'], 400],
    ['a method that there is not', [lines('FETCH / HTTP/1.1', 'Host: x')], 400],
    ['a line break within a header', [lines('GET /healthz HTTP/1.1', 'Host: x', 'A: b\nc: d\u0000')], 400],
    [
      'two ways to say how long the body is',
      [lines(...fine, 'Content-Length: 3', 'Transfer-Encoding: chunked')],
      400,
    ],
    ['a chunk that has no length', [lines(...fine, 'Transfer-Encoding: chunked') + 'zz\r\n'], 400],
    ['headers beyond 16 KB', [lines('GET /healthz HTTP/1.1', 'Host: x', `A: ${'a'.repeat(20_000)}`)], 431],
    ['headers beyond 1 MB', [lines('GET /healthz HTTP/1.1', 'Host: x', `A: ${'a'.repeat(2_000_000)}`)], 431],
    [
      'the extensions of a chunk beyond 16 KB',
      [`${lines(...fine, 'Transfer-Encoding: chunked')}1;${'a'.repeat(20_000)}\r\n`],
      413,
    ],
    ['headers that do not end', ['GET /healthz HTTP/1.1\r\nHost: x\r\n'], 408],
    ['a body that does not come', [lines(...fine, 'Content-Length: 10')], 408],
    ['something to expect', [lines('GET /healthz HTTP/1.1', 'Host: x', 'Expect: cake')], 417],
    ['no host', [lines('GET /healthz HTTP/1.1', 'Connection: close')], 400],
  ])('%s', async (_, texts, status) => {
    const answer = parse(await say(...texts))
    expect(answer.status).toBe(status)
    expect(answer.headers).toContain('content-type: application/problem+json')
    expect(answer.headers).toContain('connection: close')
    const body = problemSchema.parse(answer.body)
    expect(body).toMatchObject({ status, detail: expect.stringMatching(/./) })
    expect(answer.headers).toContain(`x-request-id: ${body.requestId}`)
  })

  test('an answer that has begun is cut, and gets nothing put into it', async () => {
    const socket = connect(port(), '127.0.0.1').on('error', () => undefined)
    socket.write(lines('GET /begun HTTP/1.1', 'Host: x'))
    const [first]: unknown[] = await once(socket, 'data')
    const received = [String(first)]
    socket.on('data', (bytes) => received.push(String(bytes)))
    socket.write('nonsense\r\n\r\n')
    await once(socket, 'close')
    const answer = received.join('')
    expect(answer).toContain('a part')
    expect(answer).not.toContain('problem')
  })

  test('requests before the fault are answered first', async () => {
    const answer = await say(lines('GET /healthz HTTP/1.1', 'Host: x'), 'nonsense\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('others are served as before', async () => {
    expect((await fetch(`http://127.0.0.1:${port()}/healthz`)).status).toBe(200)
  })
})

test('an address that goes on sending what is no HTTP waits for its answer, pages come at once', async () => {
  const rude = createServer(serverOptions, (_, response) => response.end('a page'))
  const allowances = new Allowances({ perSecond: 5, burst: 1 })
  answerWithProblems(rude, allowances)
  rude.listen(0, '127.0.0.1')
  await once(rude, 'listening')
  const { port: rudePort } = z.object({ port: z.number() }).parse(rude.address())
  const tell = async (text: string): Promise<string> => {
    const socket = connect(rudePort, '127.0.0.1')
    let received = ''
    socket.on('data', (bytes) => (received += bytes.toString()))
    socket.on('error', () => undefined)
    socket.write(text)
    await once(socket, 'close')
    return received
  }
  expect(await tell('rubbish\r\n\r\n')).toContain('400')
  const late = tell('rubbish\r\n\r\n').then((answer) => ['rubbish', answer] as const)
  const page = tell(lines('GET / HTTP/1.1', 'Host: x', 'Connection: close')).then(
    (answer) => ['page', answer] as const,
  )
  const [[first], [, answer]] = [await Promise.race([late, page]), await late]
  expect(first).toBe('page')
  expect(answer).toContain('400')
  rude.close()
})

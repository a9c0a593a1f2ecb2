import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type NodeRedUnderTest,
  openNodeRed,
  unavailableToNodes,
} from '../../platform/kit/node-red.fixture.ts'
import { silentLogger } from '../../platform/logger.ts'
import { refuse, reply, replyStream } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

let red: NodeRedUnderTest
let server: Server
let origin: string
/** What the flow puts on the message besides the exchange. */
let rest: object = {}

beforeAll(async () => {
  red = await openNodeRed({ metrics: { registerNode: () => () => undefined }, log: silentLogger })
  await red.deploy({ id: 'answering', type: 'reply' })
  const app = express().get('/', (req, res) =>
    red.send('answering', { ...rest, req: Object.assign(req, { id: 'r-1' }), res: { _res: res } }),
  )
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}/`
}, 30_000)
afterAll(async () => {
  server.close()
  await red[Symbol.asyncDispose]()
})

async function answerTo(message: object): Promise<Response> {
  rest = message
  return fetch(origin)
}

test('an outcome with a body is JSON, with its status and headers', async () => {
  const answer = await answerTo({ payload: reply(201, { id: 'd1' }, { location: '/d1' }) })
  expect([answer.status, answer.headers.get('location')]).toEqual([201, '/d1'])
  expect(await answer.json()).toEqual({ id: 'd1' })
})

test('an outcome without a body has none', async () => {
  const answer = await answerTo({ payload: reply(204) })
  expect([answer.status, await answer.text()]).toEqual([204, ''])
})

test('a refusal is a problem document with the id of the request', async () => {
  const answer = await answerTo({ payload: refuse(problem(409, 'taken'), { 'retry-after': '1' }) })
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(await answer.json()).toEqual({ ...problem(409, 'taken'), requestId: 'r-1' })
})

test('who has not proved who it is, is told how', async () => {
  expect((await answerTo({ payload: refuse(problem(401)) })).headers.get('www-authenticate')).toBe('Bearer')
  const own = refuse(problem(401), { 'www-authenticate': 'Basic' })
  expect((await answerTo({ payload: own })).headers.get('www-authenticate')).toBe('Basic')
})

test.each([
  [{ payload: { plain: true } }, 200],
  [{ payload: { plain: true }, statusCode: 202 }, 202],
])('what is no outcome is the body itself: %j', async (message, status) => {
  const answer = await answerTo(message)
  expect([answer.status, await answer.json()]).toEqual([status, { plain: true }])
})

test('what a catch node brings is 500, without a word of what went wrong', async () => {
  const answer = await answerTo({ payload: reply(200, {}), error: { message: 'password of the store' } })
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain('password')
})

async function* pieces(failure?: { readonly after: number; readonly error: Error }): AsyncGenerator<string> {
  for (const [index, piece] of ['a', 'b', 'c'].entries()) {
    if (index === failure?.after) throw failure.error
    yield piece
  }
}

test('a stream is sent piece by piece', async () => {
  const answer = await answerTo({ payload: replyStream('text/csv', pieces(), { 'x-a': 'b' }) })
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-a')]).toEqual([
    200,
    'text/csv',
    'b',
  ])
  expect(await answer.text()).toBe('abc')
})

test('a stream that fails before its first piece is a problem document', async () => {
  const failure = { after: 0, error: unavailableToNodes('away') }
  expect((await answerTo({ payload: replyStream('text/csv', pieces(failure)) })).status).toBe(503)
  const bug = { after: 0, error: new Error('a bug') }
  expect((await answerTo({ payload: replyStream('text/csv', pieces(bug)) })).status).toBe(500)
})

test('one that fails later is cut, so that nobody takes a part for the whole', async () => {
  const failure = { after: 2, error: new Error('a bug') }
  const answer = await answerTo({ payload: replyStream('text/csv', pieces(failure)) })
  await expect(answer.text()).rejects.toThrow('terminated')
})

test('a request that was answered, or none at all, is an error of the flow', async () => {
  const delivery = red.deliveries.begin()
  red.send('answering', { payload: reply(200), _delivery: delivery.id })
  expect(await delivery.outcome).toMatchObject({
    kind: 'failed',
    error: { message: expect.stringContaining('does not come from an http in node') },
  })
  const again = red.deliveries.begin()
  red.send('answering', {
    payload: reply(200),
    req: {},
    res: { _res: { headersSent: true } },
    _delivery: again.id,
  })
  expect(await again.outcome).toMatchObject({
    kind: 'failed',
    error: { message: 'this request was answered already' },
  })
})

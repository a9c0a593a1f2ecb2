import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import express, { type Router } from 'express'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { lastResort } from '../app.ts'
import { frontDoor } from './front-door.ts'

const aPage = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
let server: Server
let origin: string
let areFlowsRunning: boolean
/** What flows serve. */
let ofFlows: Router

beforeAll(async () => {
  const app = express().use((req, res, next) => ofFlows(req, res, next))
  const isRunning = (): boolean => areFlowsRunning
  app.get('/', frontDoor(isRunning)).use(...lastResort(silentLogger, isRunning))
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`
})
afterAll(() => server.close())
beforeEach(() => {
  areFlowsRunning = true
  ofFlows = express.Router()
})

const ask = (accept: string, place = '/', method = 'GET'): Promise<Response> =>
  fetch(origin + place, { method, headers: { accept }, redirect: 'manual' })
const leads = ({ headers, status }: Response) => [
  status,
  headers.get('location') ?? headers.get('content-type'),
]
const nothing = [404, 'application/problem+json; charset=utf-8']

test.each(['GET', 'HEAD'])(
  'a browser that asks for the bare address is brought to the dashboard: %s',
  async (method) => {
    const answer = await ask(aPage, '/', method)
    expect(leads(answer)).toEqual([302, '/dashboard/'])
    expect(answer.headers.get('vary')).toContain('Accept')
    expect(leads(await ask(aPage, '/?from=bookmark', method))).toEqual([302, '/dashboard/'])
  },
)

test.each(['*/*', 'application/json', 'application/json, text/html;q=0.5', 'image/png'])(
  'whoever accepts %s learns that there is nothing',
  async (accept) => {
    const answer = await ask(accept)
    expect(leads(answer)).toEqual(nothing)
    expect(answer.headers.get('vary')).toContain('Accept')
  },
)

test('so does whoever sends something, or asks for another place', async () => {
  expect(leads(await ask(aPage, '/', 'POST'))).toEqual(nothing)
  expect(leads(await ask(aPage, '/nothing'))).toEqual(nothing)
})

test('what a flow serves there is its own', async () => {
  ofFlows.get('/', (_, response) => void response.send('ours'))
  expect(await (await ask(aPage)).text()).toBe('ours')
})

test('while flows are being started their route may only not be back yet', async () => {
  areFlowsRunning = false
  expect((await ask(aPage)).status).toBe(503)
})

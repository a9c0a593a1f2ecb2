import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../nodes/platform/outgoing/port.ts'
import { isPublicAddress } from '../../nodes/platform/outgoing/public-address.ts'
import { type Lookup, openSafeHttp } from './safe-http.ts'

let server: Server
let port: number
let asked: string[]
let answer: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  asked = []
  answer = (_, response) => void response.end('thanks')
  server = createServer((request, response) => {
    asked.push(request.headers.host ?? '')
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = address !== null && typeof address === 'object' ? address.port : 0
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const send = (
  url: string,
  options: Partial<OutgoingRequest> = {},
  lookup?: Lookup,
): ReturnType<ReturnType<typeof openSafeHttp>['send']> =>
  openSafeHttp(lookup).send({ url, method: 'POST', headers: {}, body: '{}', ...options })
const inside: Partial<OutgoingRequest> = { allowPrivateAddress: true }

describe('what must not be reached is not', () => {
  test.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://0x7f.1',
    'http://2130706433',
    'http://017700000001',
    'http://0.0.0.0',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[::127.0.0.1]',
    'http://[64:ff9b::7f00:1]',
    'http://[2002:7f00:1::]',
    'http://[fe80::1]',
    'http://[fd00::1]',
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1',
    'http://172.31.255.255',
    'http://192.168.1.1',
    'http://100.64.0.1',
    'http://224.0.0.1',
    'http://255.255.255.255',
    'http://localhost',
    'http://LOCALHOST.',
    'http://a.localhost',
    'http://①②⑦.⓪.⓪.①',
    'file:///etc/passwd',
    'ftp://example.com',
    'gopher://example.com',
    'http://user:password@example.com',
    'nonsense',
  ])('%s', async (url) => {
    const unasked: Lookup = () => Promise.reject(new Error('looked up'))
    await expect(send(url, {}, unasked)).rejects.toMatchObject({ name: 'RefusedAddress' })
  })

  test.each([['127.0.0.1'], ['93.184.216.34', '10.0.0.1'], ['::1']])(
    'a name that leads to %s',
    async (...found) => {
      const lookup: Lookup = () =>
        Promise.resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
      await expect(send(`http://inside.example:${port}`, {}, lookup)).rejects.toMatchObject({
        name: 'RefusedAddress',
        message: 'inside.example leads to a private address',
      })
      expect(asked).toEqual([])
    },
  )
})

test.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test('the socket goes to the address that was checked, and the name is asked once', async () => {
  let lookups = 0
  const lookup: Lookup = () =>
    Promise.resolve([{ address: lookups++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }])
  expect(await send(`http://rebinding.example:${port}/`, inside, lookup)).toMatchObject({
    status: 200,
    text: 'thanks',
  })
  expect([lookups, asked]).toEqual([1, [`rebinding.example:${port}`]])
})

test('a redirect is an answer like any other', async () => {
  answer = (_, response) => void response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end()
  expect(await send(`http://127.0.0.1:${port}`, inside)).toMatchObject({ status: 302 })
  expect(asked).toHaveLength(1)
})

test('of a long answer the first is read, and the connection ends', async () => {
  answer = (_, response) => void response.end('x'.repeat(10_000_000))
  expect((await send(`http://127.0.0.1:${port}`, inside)).text).toHaveLength(65_536)
})

test.each([
  ['never begins', () => undefined],
  ['never ends', (_: unknown, response: ServerResponse) => void response.write('x')],
] as const)('an answer that %s fails in time', async (_, slow) => {
  answer = slow
  await expect(send(`http://127.0.0.1:${port}`, { ...inside, timeoutMs: 200 })).rejects.toThrow(
    /in time|aborted/,
  )
})

test('a lookup that never ends fails in time', async () => {
  const lookup: Lookup = () => new Promise(() => undefined)
  await expect(send('http://slow.example', { timeoutMs: 50 }, lookup)).rejects.toThrow('no answer in time')
})

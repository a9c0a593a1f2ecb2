import { once } from 'node:events'
import { createServer, connect as open } from 'node:net'
import type { Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { FaultyProxy } from './faulty-proxy.fixture.ts'

/** A client that notes what arrives, and how its connection ends. */
class Client {
  readonly socket: Socket
  readonly chunks: string[] = []
  readonly closed: Promise<void>
  endedWith: string | undefined

  constructor(port: number) {
    this.socket = open({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (chunk) => this.chunks.push(chunk.toString()))
    this.socket.on('end', () => (this.endedWith ??= 'end'))
    this.socket.on(
      'error',
      (error) => (this.endedWith = 'code' in error ? String(error.code) : error.message),
    )
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
  }

  get text(): string {
    return this.chunks.join('')
  }

  async receives(text: string): Promise<void> {
    await vi.waitUntil(() => this.text === text, { interval: 1, timeout: 3_000 })
  }
}

describe('a faulty proxy', () => {
  let server: Server
  let proxy: FaultyProxy
  /** What the server got, on all connections together, chunk by chunk. */
  let got: string[]
  const sockets: Socket[] = []
  const client = async (): Promise<Client> => {
    const one = new Client(proxy.port)
    sockets.push(one.socket)
    await once(one.socket, 'connect')
    return one
  }
  const serverGets = (text: string): Promise<unknown> =>
    vi.waitUntil(() => got.join('') === text, { interval: 1, timeout: 3_000 })

  beforeEach(async () => {
    got = []
    server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        got.push(chunk.toString())
        socket.write(chunk.toString().toUpperCase())
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    proxy = await FaultyProxy.open(address.port)
  })
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]()
    for (const socket of sockets.splice(0)) socket.destroy()
    server.close()
  })

  it('passes on what both say, and the end', async () => {
    const one = await client()
    one.socket.write('hello')
    await one.receives('HELLO')
    one.socket.end()
    await one.closed
    expect(one.endedWith).toBe('end')
    await vi.waitFor(() => expect(proxy.connections).toBe(0))
  })

  it('keeps megabytes in order, more than it holds itself', async () => {
    const one = await client()
    const sent = Array.from({ length: 400_000 }, (_, n) => `line ${n}\n`).join('')
    one.socket.write(sent)
    await vi.waitUntil(() => one.text.length === sent.length, { timeout: 3_000 })
    expect(one.text === sent.toUpperCase()).toBe(true)
  })

  it('delays each direction by what it is told, and not the throughput', async () => {
    proxy.delay(120, 'toServer')
    const one = await client()
    const startedMs = performance.now()
    for (const letter of 'abcde') {
      one.socket.write(letter)
      await sleep(2)
    }
    await serverGets('abcde')
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(119)
    await one.receives('ABCDE')
    expect(performance.now() - startedMs).toBeLessThan(400)
    await proxy.heal()
    proxy.delay(120, 'toClient')
    const againMs = performance.now()
    one.socket.write('f')
    await serverGets('abcdef')
    expect(performance.now() - againMs).toBeLessThan(100)
    await one.receives('ABCDEF')
    expect(performance.now() - againMs).toBeGreaterThanOrEqual(119)
  })

  it('trickles byte by byte', async () => {
    proxy.trickle('toServer')
    const one = await client()
    one.socket.write('drip drop, drip drop')
    await serverGets('drip drop, drip drop')
    // Two may meet on their way.
    expect(got.length).toBeGreaterThan(5)
  })

  it('is half-open: what is sent vanishes, nobody is told, and healing resets who lost something', async () => {
    const lossy = await client()
    const idle = await client()
    lossy.socket.write('a')
    await lossy.receives('A')
    proxy.silence('toServer')
    lossy.socket.write('lost')
    await sleep(30)
    expect([lossy.endedWith, got, proxy.connections]).toEqual([undefined, ['a'], 2])
    await proxy.heal()
    await lossy.closed
    expect(lossy.endedWith).toBe('ECONNRESET')
    idle.socket.write('b')
    await idle.receives('B')
  })

  it('does not tell the server of a client that goes while it is silent', async () => {
    const one = await client()
    one.socket.write('a')
    await one.receives('A')
    const atServer = sockets.at(-1)
    proxy.silence()
    one.socket.destroy()
    await one.closed
    await sleep(30)
    expect(atServer?.closed).toBe(false)
    await proxy.heal()
    await vi.waitUntil(() => atServer?.closed)
  })

  it('hangs in a partition, and goes on with what was sent meanwhile', async () => {
    const before = await client()
    await proxy.partition('hang')
    before.socket.write('a')
    const during = await client()
    during.socket.write('b')
    await sleep(30)
    expect([got, before.endedWith, during.endedWith]).toEqual([[], undefined, undefined])
    await proxy.heal()
    await before.receives('A')
    await during.receives('B')
  })

  it('refuses in a partition, and lets in again on the same port', async () => {
    const before = await client()
    await proxy.partition('refuse')
    await before.closed
    expect(before.endedWith).toBe('ECONNRESET')
    const during = new Client(proxy.port)
    await during.closed
    expect(during.endedWith).toBe('ECONNREFUSED')
    await proxy.heal()
    const after = await client()
    after.socket.write('a')
    await after.receives('A')
  })

  it('resets both sides', async () => {
    const one = await client()
    one.socket.write('a')
    await one.receives('A')
    proxy.reset()
    await one.closed
    expect(one.endedWith).toBe('ECONNRESET')
    await vi.waitUntil(() => sockets.every((socket) => socket.closed))
  })

  it('resets after so many bytes, and whoever comes until it heals', async () => {
    const one = await client()
    proxy.resetAfter(3, 'toServer')
    one.socket.write('abcde')
    await one.closed
    await serverGets('abc')
    expect([one.endedWith, proxy.isBroken]).toEqual(['ECONNRESET', true])
    const late = new Client(proxy.port)
    await late.closed
    expect(late.endedWith).toBe('ECONNRESET')
    await proxy.heal()
    const after = await client()
    after.socket.write('f')
    await after.receives('F')
  })

  it('loses the answer to one request, which the server got whole', async () => {
    const one = await client()
    const other = await client()
    const lost = proxy.loseAnswerTo('victim')
    one.socket.write('the victim')
    await lost
    await one.closed
    expect([got, one.text, one.endedWith]).toEqual([['the victim'], '', 'ECONNRESET'])
    other.socket.write('victim')
    await other.receives('VICTIM')
  })

  it('resets the client when there is no server', async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    const one = await client()
    await one.closed
    expect(one.endedWith).toBe('ECONNRESET')
  })
})

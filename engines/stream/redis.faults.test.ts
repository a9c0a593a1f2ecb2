import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import {
  collector,
  durably,
  entries,
  entry,
  labelsOf,
  readAll,
  routeOf,
  uplink,
} from '../../nodes/platform/stream/contract/fixture.ts'
import { FaultyProxy } from '../../nodes/platform/testing/faulty-proxy.fixture.ts'
import { keys, expectComplete, load } from './load.fixture.ts'
import type { Entry, NewEntry } from '../../nodes/platform/stream/port.ts'
import { redisUnderTest } from './redis.fixture.ts'
import { openRedisStream, type RedisStreamOptions } from './redis.ts'
import { awaitableLogger } from './sqlite.fixture.ts'

describe.skipIf(isRedisMissing)('the Redis stream, when things go wrong (needs redis-server)', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await startRedis()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  async function open(options: Partial<RedisStreamOptions> = {}) {
    const { logger, logged } = awaitableLogger()
    const under = await redisUnderTest({ url: server.url, logger, ...options })
    onTestFinished(under.dispose)
    return { stream: under.stream(), logged }
  }

  it('loses nothing acknowledged, doubles nothing and keeps the order while the server is killed under load', async () => {
    const { stream } = await open()
    const seen: Entry[] = []
    const handle = (batch: readonly Entry[]) => {
      seen.push(...batch)
      return Promise.resolve(durably)
    }
    const consumer = await stream.consume(collector({ handle }))
    const { acknowledged, rejected, end } = load(stream)
    for (let round = 0; round < 4; round += 1) {
      const before = acknowledged.length
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 200), 10_000)
      await server.kill()
      await server.start()
    }
    const before = acknowledged.length
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 200), 10_000)
    await end()
    expect(rejected).toEqual([])
    expect(stream.trouble).toBeUndefined()
    await consumer.whenLagAtMost(0)
    expectComplete(await readAll(stream.read(uplink)), acknowledged)
    expectComplete(seen, acknowledged)
  }, 60_000)

  it('waits while the server is down, says so, and goes on when it is back', async () => {
    const { stream, logged } = await open()
    const options = collector()
    const consumer = await stream.consume(options)
    await stream.append(uplink, entries('a1'))
    await server.kill()
    const settled: string[] = []
    const appends = ['a2', 'a3', 'b1'].map(async (label) => {
      await stream.append(uplink, entries(label))
      settled.push(label)
    })
    await logged('the stream cannot be written')
    await vi.waitFor(() => expect(stream.trouble?.message).toBeDefined())
    expect(settled).toEqual([])
    await server.start()
    await Promise.all(appends)
    await logged('takes appends again')
    expect(settled).toEqual(['a2', 'a3', 'b1'])
    expect(stream.trouble).toBeUndefined()
    await consumer.whenLagAtMost(0)
    expect(options.seen).toEqual(['a1', 'a2', 'a3', 'b1'])
  }, 20_000)

  it('neither acknowledges nor rejects while the server is stopped, and recovers at once when it goes on', async () => {
    const { stream, logged } = await open()
    const options = collector()
    const consumer = await stream.consume(options)
    await stream.append(uplink, entries('a1'))
    server.freeze()
    const settled: string[] = []
    const appends = ['a2', 'a3'].map(async (label) => {
      await stream.append(uplink, entries(label))
      settled.push(label)
    })
    await logged('the stream cannot be written')
    expect(settled).toEqual([])
    expect(stream.trouble).toBeDefined()
    server.thaw()
    const thawedMs = performance.now()
    await Promise.all(appends)
    expect(performance.now() - thawedMs).toBeLessThan(5000)
    await stream.append(uplink, entries('a4'))
    await consumer.whenLagAtMost(0)
    expect(options.seen).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'a2', 'a3', 'a4'])
  }, 30_000)

  it('acknowledges nothing while the server is full, goes on consuming, and recovers when a trim makes room', async () => {
    await server.kill()
    await server.start(['--maxmemory', '4mb', '--maxmemory-policy', 'noeviction'])
    const { stream, logged } = await open({ partitions: 4 })
    const seen: Entry[] = []
    const handle = (batch: readonly Entry[]) => {
      seen.push(...batch)
      return Promise.resolve(durably)
    }
    const consumer = await stream.consume(collector({ handle }))
    const acknowledged: string[] = []
    const appends = Array.from({ length: 100 }, async (_, number) => {
      const batch = keys.map((key): NewEntry => {
        const data = Buffer.concat([Buffer.from(`${key}${number};`), Buffer.alloc(10_000)])
        return { route: routeOf(key), atMs: number, data }
      })
      await stream.append(uplink, batch)
      acknowledged.push(...labelsOf(batch))
    })
    const progress = { done: false }
    const whole = (async () => {
      await Promise.all(appends)
      progress.done = true
    })()
    await logged('the stream cannot be written')
    expect(stream.trouble?.message).toMatch(/^OOM/)
    while (!progress.done) {
      await consumer.whenLagAtMost(0)
      await stream.trim(uplink, Number.MAX_SAFE_INTEGER)
      await new Promise(setImmediate)
    }
    await whole
    await consumer.whenLagAtMost(0)
    expect(seen.length).toBe(800)
    expect(new Set(labelsOf(seen)).size).toBe(800)
    expect(stream.trouble).toBeUndefined()
  }, 30_000)

  it('tells how full the server is, and trimming makes room', async () => {
    await server.kill()
    await server.start(['--maxmemory', '64mb', '--maxmemory-policy', 'noeviction'])
    const { stream } = await open()
    const before = (await stream.fullness()) ?? 0
    await stream.append(uplink, [{ ...entry('a1', 1000), data: Buffer.alloc(10 << 20) }])
    await vi.waitFor(async () => expect(await stream.fullness()).toBeGreaterThan(before + 0.12))
    expect(await stream.fullness()).toBeLessThan(1)
    await stream.trim(uplink, 2000)
    await vi.waitFor(async () => expect(await stream.fullness()).toBeLessThan(before + 0.05))
  })

  it('holds back everything while there is no room at all, and goes on when there is', async () => {
    const { stream, logged } = await open()
    const options = collector()
    const consumer = await stream.consume(options)
    await stream.append(uplink, entries('a1'))
    const redis = commandsTo(server.url)
    await redis('CONFIG', 'SET', 'maxmemory', '1mb')
    const acknowledged: string[] = []
    const appends = ['a2', 'a3', 'a4'].map(async (label) => {
      await stream.append(uplink, entries(label))
      acknowledged.push(label)
    })
    await logged('the stream cannot be written')
    await consumer.whenLagAtMost(0)
    await vi.waitFor(async () => expect(await stream.lag(uplink, 'process')).toBe(0))
    expect(acknowledged).toEqual([])
    await redis('CONFIG', 'SET', 'maxmemory', '0')
    await Promise.all(appends)
    await consumer.whenLagAtMost(0)
    expect(options.seen).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(stream.trouble).toBeUndefined()
  })

  it('appends once what it had to send again because the answer was lost', async () => {
    await using proxy = await FaultyProxy.open(server.port)
    const { stream } = await open({ url: `redis://127.0.0.1:${proxy.port}` })
    await stream.append(uplink, entries('a1'))
    for (let round = 2; round < 8; round += 1) {
      const lost = proxy.loseAnswerTo('EVALSHA')
      await stream.append(uplink, entries(`a${round}`, `b${round}`))
      await lost
    }
    const labels = labelsOf(await readAll(stream.read(uplink)))
    expect(labels).toEqual(['a1', ...[2, 3, 4, 5, 6, 7].flatMap((round) => [`a${round}`, `b${round}`])])
  }, 20_000)

  it('skips what was damaged or removed behind its back, and says what', async () => {
    const lost: string[] = []
    const namespace = randomUUID()
    const onCorruption = (error: Error): void => {
      lost.push(error.message)
    }
    const { stream } = await open({ namespace, partitions: 1, onCorruption })
    for (const label of ['a1', 'a2', 'a3', 'a4']) await stream.append(uplink, entries(label))
    const redis = commandsTo(server.url)
    const partition = `${namespace}:{"uplink"}:0`
    await redis('XDEL', partition, '2-0')
    const options = collector()
    await (await stream.consume(options)).whenLagAtMost(0)
    expect(options.seen).toEqual(['a1', 'a3', 'a4'])
    expect(lost).toEqual([expect.stringContaining('1 entries of partition 0 are missing')])
    await redis('XADD', partition, '5-0', 'm', '4 1 1 1 1 1 99', 'b', 'nonsense')
    await redis('HSET', `${namespace}:{"uplink"}:meta`, 'end0', '5', 'row0', '5-0', 'last', '5')
    await stream.append(uplink, entries('a6'))
    await vi.waitFor(() => expect(options.seen).toEqual(['a1', 'a3', 'a4', 'a6']))
    expect(lost.at(-1)).toContain('the checksum is wrong')
  })

  it.each<[string, readonly string[], RegExp]>([
    ['may evict', ['--maxmemory-policy', 'allkeys-lru'], /maxmemory-policy noeviction/],
    ['keeps no file', ['--appendonly', 'no'], /appendonly yes/],
    ['answers before it syncs', ['--appendfsync', 'everysec'], /appendfsync always/],
  ])('refuses a server that %s, and tells what to set', async (_, settings, message) => {
    await server.kill()
    await server.start(settings)
    await expect(openRedisStream({ url: server.url })).rejects.toThrow(message)
  })

  it('refuses a server that does not tell whether it syncs, until it is told to trust it', async () => {
    const redis = commandsTo(server.url)
    await redis('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '&*', '+@all', '-config')
    const url = server.url.replace('redis://', 'redis://app:pw@')
    await expect(openRedisStream({ url })).rejects.toThrow(/CONFIG is forbidden/)
    const stream = await openRedisStream({ url, trustServer: true })
    onTestFinished(() => stream.close())
    await stream.append(uplink, entries('a1'))
    expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1'])
  })

  it('stops acknowledging when the server comes back without its promises', async () => {
    const { stream, logged } = await open()
    await stream.append(uplink, entries('a1'))
    await server.kill()
    await server.start(['--appendfsync', 'everysec'])
    const append = stream.append(uplink, entries('a2'))
    await logged('the stream cannot be written')
    await vi.waitFor(() => expect(stream.trouble?.message).toContain('appendfsync always'), 5000)
    const redis = commandsTo(server.url)
    await redis('CONFIG', 'SET', 'appendfsync', 'always')
    await append
    expect(stream.trouble).toBeUndefined()
  }, 20_000)

  it('rejects when nobody answers in time, without the password', async () => {
    await server.kill()
    const url = server.url.replace('redis://', 'redis://:s3cret@')
    const opening = openRedisStream({ url, openWithinMs: 200 })
    await expect(opening).rejects.toThrow(
      /^the Redis at redis:\/\/127\.0\.0\.1:\d+ is away: connect ECONNREFUSED/,
    )
  })

  it('rejects what is not known to be durable when it closes while the server is down', async () => {
    const { stream } = await open()
    await stream.append(uplink, entries('a1'))
    await server.kill()
    const append = Promise.allSettled([stream.append(uplink, entries('a2'))])
    await stream.close()
    expect((await append)[0].status).toBe('rejected')
    await expect(stream.append(uplink, entries('a3'))).rejects.toThrow('closed')
  })
})

/** Commands by hand, on a connection that ends with the test. */
function commandsTo(url: string) {
  const logger = { info: () => undefined, warn: () => undefined }
  const redis = connectRedis({ url, name: 'test', logger, whileAway: 'wait' })
  onTestFinished(() => {
    redis.disconnect()
  })
  return (command: string, ...args: readonly string[]): Promise<unknown> => redis.call(command, ...args)
}

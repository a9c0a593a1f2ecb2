import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectRedis, plainError, redactedRedisUrl, type RedisLogger } from './connect.ts'
import { isRedisMissing, startRedis } from './server.fixture.ts'

function noting(): { readonly logger: RedisLogger; readonly lines: { fields: object; message: string }[] } {
  const lines: { fields: object; message: string }[] = []
  const note = (fields: object, message: string) => {
    lines.push({ fields, message })
  }
  return { logger: { info: note, warn: note }, lines }
}

describe('the address of a Redis server', () => {
  it('is shown without who signs in and with what', () => {
    expect(redactedRedisUrl('redis://fleet:s3cret@cache.local:6380/2?password=also')).toBe(
      'redis://cache.local:6380/2',
    )
    expect(redactedRedisUrl('rediss://:s3cret@[::1]:6379')).toBe('rediss://[::1]:6379')
  })

  it.each(['', 'cache.local:6379', 'http://cache.local', 'redis://', 'mqtt://s3cret@host'])(
    'is refused when it is none, without being repeated: %j',
    (url) => {
      expect(() => redactedRedisUrl(url)).toThrow(/^not a URL of Redis: redis:\/\/host:port\/database, or/)
    },
  )
})

describe('an error of the driver', () => {
  it('keeps its message and code, and lets go of the command', () => {
    const error = Object.assign(new Error('WRONGPASS'), {
      code: 'E1',
      command: { name: 'auth', args: ['s3cret'] },
    })
    const plain = plainError(error)
    expect(plain.message).toBe('WRONGPASS')
    expect(Object.entries(plain).flat().join(' ')).not.toContain('s3cret')
    expect(plain).toHaveProperty('code', 'E1')
  })
})

describe('a connection', () => {
  it('is tried again for as long as nobody answers, says so once, and fails commands meanwhile', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.close()
    })
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const { logger, lines } = noting()
    const redis = connectRedis({ url: `redis://:s3cret@127.0.0.1:${address.port}`, name: 'test', logger })
    onTestFinished(() => {
      redis.disconnect()
    })
    await expect(redis.get('x')).rejects.toThrow(/writeable|closed|retries/)
    for (let tries = 0; tries < 3; tries += 1) await once(server, 'connection')
    expect(lines.map(({ message }) => message)).toEqual(['Redis is away; connecting again'])
    expect(JSON.stringify(lines)).not.toContain('s3cret')
  })
})

describe.skipIf(isRedisMissing)('a connection to a real server (needs redis-server)', () => {
  it('comes back by itself when the server does, and fails meanwhile what cannot be answered', async () => {
    await using server = await startRedis()
    const { logger, lines } = noting()
    const redis = connectRedis({ url: server.url, name: 'test', logger })
    onTestFinished(() => {
      redis.disconnect()
    })
    await once(redis, 'ready')
    await redis.set('kept', 'yes')
    const waiting = Promise.allSettled([redis.blpop('nothing', 0)])
    await server.kill()
    expect((await waiting)[0].status).toBe('rejected')
    // Not `once` of events: errors come meanwhile, and are no end of it.
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    redis.once('ready', resolve)
    await server.start()
    await ready
    expect(await redis.get('kept')).toBe('yes')
    expect(lines.map(({ message }) => message)).toEqual(['Redis is away; connecting again', 'Redis is back'])
  })

  it('keeps commands for the next connection where that is asked for', async () => {
    await using server = await startRedis()
    const { logger } = noting()
    const redis = connectRedis({ url: server.url, name: 'test', logger, whileAway: 'wait' })
    onTestFinished(() => {
      redis.disconnect()
    })
    await redis.set('kept', 'yes')
    await server.kill()
    const answer = redis.get('kept')
    await server.start()
    expect(await answer).toBe('yes')
  })
})

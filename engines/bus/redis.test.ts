import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import { describeBusContract } from '../../nodes/platform/bus/bus.contract.ts'
import type { Bus } from '../../nodes/platform/bus/port.ts'
import { openRedisBus } from './redis.ts'

const everyMs = 200

describe.skipIf(isRedisMissing)('on Redis (needs redis-server)', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  async function join(
    channel: string,
    instance: string,
  ): Promise<{ readonly bus: Bus; readonly connections: readonly Redis[] }> {
    const connections: Redis[] = []
    const bus = await openRedisBus({
      instance,
      channel,
      log: silentLogger,
      everyMs,
      connect: (name) => {
        const redis = connectRedis({ url: server.url, name, logger: silentLogger })
        connections.push(redis)
        return redis
      },
    })
    return { bus, connections }
  }

  describeBusContract('The bus on Redis', async () => {
    const channel = randomUUID()
    const members: (Awaited<ReturnType<typeof join>> & { readonly instance: string })[] = []
    return {
      join: async (instance) => {
        const member = await join(channel, instance)
        members.push({ ...member, instance })
        return member.bus
      },
      cutOff: async (bus) => {
        const subscriber = members.find((member) => member.bus === bus)?.connections[1]
        if (subscriber === undefined) throw new Error('not a member')
        await subscriber.unsubscribe(channel)
        return async () => {
          subscriber.disconnect(true)
        }
      },
      dispose: async () => {
        for (const { bus } of members) await bus.close()
      },
    }
  })

  const pair = async (): Promise<readonly [Bus, Bus]> => {
    const channel = randomUUID()
    const [a, b] = [(await join(channel, 'a')).bus, (await join(channel, 'b')).bus]
    onTestFinished(async () => {
      await a.close()
      await b.close()
    })
    return [a, b]
  }
  const whenGap = (bus: Bus): Promise<void> =>
    new Promise((resolve) => {
      bus.onGap(resolve)
    })

  test('while the server is away publishing fails, and afterwards everybody is told of a gap', async () => {
    const [a, b] = await pair()
    const told = [whenGap(a), whenGap(b)]
    await server.kill()
    await expect.poll(() => b.trouble, { timeout: 5000 }).toBeDefined()
    await expect(a.publish('news', 'lost')).rejects.toMatchObject({ name: 'Unavailable' })
    await server.start()
    await Promise.all(told)
    await expect.poll(() => [a.trouble, b.trouble], { timeout: 5000 }).toEqual([undefined, undefined])
    const heard = new Promise((resolve) => {
      b.subscribe('news', resolve)
    })
    await a.publish('news', 'heard')
    expect(await heard).toBe('heard')
  })

  test('an event that its publisher could not send is a gap for the others, who never lost their connection', async () => {
    const channel = randomUUID()
    const a = await join(channel, 'a')
    const b = await join(channel, 'b')
    onTestFinished(async () => {
      await a.bus.close()
      await b.bus.close()
    })
    await expect.poll(() => b.bus.others(), { timeout: 5000 }).toEqual(['a'])
    const told = whenGap(b.bus)
    a.connections[0]?.disconnect(true)
    await expect(a.bus.publish('news', 'lost')).rejects.toMatchObject({ name: 'Unavailable' })
    await told
    expect(b.bus.trouble).toBeUndefined()
  })

  test('a connection that hears nothing any more is given up and made anew', async () => {
    const { bus, connections } = await join(randomUUID(), 'a')
    onTestFinished(() => bus.close())
    const told = whenGap(bus)
    await connections[1]?.unsubscribe()
    await told
    await expect.poll(() => bus.trouble, { timeout: 5000 }).toBeUndefined()
  })

  test('installations on another channel are not heard, nor is what is no event', async () => {
    const channel = randomUUID()
    const [{ bus: a }, { bus: stranger }] = [await join(channel, 'a'), await join(randomUUID(), 'b')]
    const { bus: b, connections } = await join(channel, 'b')
    onTestFinished(async () => {
      for (const bus of [a, b, stranger]) await bus.close()
    })
    const heard: unknown[] = []
    const last = new Promise<void>((resolve) => {
      a.subscribe('news', (event) => {
        heard.push(event)
        if (event === 'last') resolve()
      })
    })
    await stranger.publish('news', 'foreign')
    await connections[0]?.publish(channel, '{"not":"an event"}')
    await connections[0]?.publish(channel, 'nor this')
    await b.publish('news', 'last')
    await last
    expect(heard).toEqual(['last'])
  })
})

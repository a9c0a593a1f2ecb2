import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import { FaultyProxy } from '../../nodes/platform/testing/faulty-proxy.fixture.ts'
import {
  collector,
  durably,
  entries,
  labelsOf,
  readAll,
  uplink,
} from '../../nodes/platform/stream/contract/fixture.ts'
import { expectComplete, keys, load } from './load.fixture.ts'
import type { Entry, Stream } from '../../nodes/platform/stream/port.ts'
import { hastyClock } from './redis.fixture.ts'
import { openRedisStream, type RedisStreamOptions } from './redis.ts'
import { awaitableLogger } from './sqlite.fixture.ts'

describe.skipIf(isRedisMissing)(
  'the Redis stream over a network that fails (needs redis-server)',
  { timeout: 60_000 },
  () => {
    let server: RedisServer
    beforeAll(async () => {
      server = await startRedis()
    })
    afterAll(() => server[Symbol.asyncDispose]())

    /** A stream behind a proxy of its own; tests that mostly wait do so at the same time. */
    async function open({ onTestFinished }: TestContext, options: Partial<RedisStreamOptions> = {}) {
      const proxy = await FaultyProxy.open(server.port)
      const { logger, logged } = awaitableLogger()
      const namespace = randomUUID()
      const url = `redis://127.0.0.1:${proxy.port}`
      const stream = await openRedisStream({ url, namespace, logger, ...options })
      onTestFinished(async () => {
        await proxy.heal()
        await stream.close()
        await proxy[Symbol.asyncDispose]()
      })
      return { stream, logged, proxy, namespace }
    }

    /** Consumes all; what it was handed, in order. */
    async function consumed(stream: Stream) {
      const seen: Entry[] = []
      const handle = (batch: readonly Entry[]) => {
        seen.push(...batch)
        return Promise.resolve(durably)
      }
      const consumer = await stream.consume(collector({ handle }))
      return { seen, consumer }
    }

    const more = (list: readonly unknown[], count: number): Promise<unknown> => {
      const from = list.length
      return vi.waitUntil(() => list.length >= from + count, { interval: 5, timeout: 20_000 })
    }

    /** Loses nothing acknowledged, doubles nothing, keeps the order of each key, and is well again. */
    async function expectWhole(
      stream: Stream,
      { seen, consumer }: Awaited<ReturnType<typeof consumed>>,
      { acknowledged, rejected, end }: ReturnType<typeof load>,
    ): Promise<void> {
      await end()
      expect(rejected).toEqual([])
      expect(stream.trouble).toBeUndefined()
      await consumer.whenLagAtMost(0)
      expectComplete(await readAll(stream.read(uplink)), acknowledged)
      // A batch whose durability was not heard of comes again; the first time they come in order.
      const first = new Map(seen.toReversed().map((one) => [one.offset, one]))
      expectComplete([...first.values()].toReversed(), acknowledged)
    }

    const silence = (proxy: FaultyProxy): Promise<void> => Promise.resolve(proxy.silence())
    const hang = (proxy: FaultyProxy): Promise<void> => proxy.partition('hang')
    const refusal = (proxy: FaultyProxy): Promise<void> => proxy.partition('refuse')
    it.concurrent.for([
      ['half-open', 5, silence],
      ['in a partition that lets nothing through', 5, hang],
      ['in a partition that refuses connections', 5, refusal],
    ] as const)(
      '%s for %i s under load says so, and is whole and well within 15 s of its end',
      async ([, seconds, begin], context) => {
        const { stream, logged, proxy } = await open(context)
        const consumer = await consumed(stream)
        const producers = load(stream)
        await more(producers.acknowledged, 200)
        await begin(proxy)
        // What was on its way may still be acknowledged.
        await sleep(100)
        const before = producers.acknowledged.length
        await Promise.all([sleep(1_000 * seconds), logged('the stream cannot be written')])
        expect(stream.trouble?.message).toMatch(/timeout|closed|refused|reset|writeable/i)
        expect(producers.acknowledged.length).toBe(before)
        await proxy.heal()
        const healedMs = performance.now()
        await more(producers.acknowledged, 200)
        expect(performance.now() - healedMs).toBeLessThan(15_000)
        await expectWhole(stream, consumer, producers)
      },
    )

    it.concurrent('has the partitions of an instance that is cut off taken over, and fences off what it says when it is back', async (context) => {
      const away = await open(context, { clock: hastyClock })
      const { namespace, proxy } = away
      const here = await open(context, { url: server.url, clock: hastyClock, namespace })
      const held = Promise.withResolvers<readonly Entry[]>()
      const finish = Promise.withResolvers<void>()
      const handle = async (batch: readonly Entry[]) => {
        held.resolve(batch)
        await finish.promise
        return durably
      }
      await away.stream.consume(collector({ handle }))
      const first = keys.map((key) => `${key}1`)
      await here.stream.append(uplink, entries(...first))
      await held.promise
      proxy.silence()
      const { seen } = await consumed(here.stream)
      const sees = (labels: readonly string[]): Promise<unknown> =>
        vi.waitFor(() => expect(labelsOf(seen).toSorted()).toEqual(labels), { timeout: 20_000 })
      await sees(first)
      await here.stream.append(uplink, entries('h2'))
      await sees([...first, 'h2'])
      await proxy.heal()
      finish.resolve()
      await vi.waitUntil(() => away.stream.trouble === undefined, { timeout: 15_000 })
      await vi.waitFor(async () => expect(await here.stream.lag(uplink, 'process')).toBe(0), 15_000)
      await sees([...first, 'h2'])
    })

    it('is whole after connections were reset at any byte, under load', async (context) => {
      const { stream, proxy } = await open(context)
      const consumer = await consumed(stream)
      const producers = load(stream)
      for (const bytes of [1, 333, 2_001, 9_999, 30_011, 70_001]) {
        await more(producers.acknowledged, 100)
        proxy.resetAfter(bytes)
        await vi.waitUntil(() => proxy.isBroken, { interval: 1, timeout: 10_000 })
        await proxy.heal()
      }
      await more(producers.acknowledged, 200)
      expect(proxy.accepted).toBeGreaterThan(6)
      await expectWhole(stream, consumer, producers)
    })

    it('is slower on a slow network, and holds up nothing else', async (context) => {
      const { stream, proxy } = await open(context)
      const consumer = await consumed(stream)
      const producers = load(stream)
      await more(producers.acknowledged, 100)
      const lag = monitorEventLoopDelay({ resolution: 10 })
      lag.enable()
      for (const ms of [50, 400]) {
        proxy.delay(ms)
        await more(producers.acknowledged, 24)
        expect(stream.trouble).toBeUndefined()
      }
      lag.disable()
      expect(lag.percentile(99) / 1e6).toBeLessThan(100)
      await proxy.heal()
      await expectWhole(stream, consumer, producers)
    })

    it('understands answers in a trickle', async (context) => {
      const { stream, proxy } = await open(context)
      proxy.trickle()
      await stream.append(uplink, entries('a1', 'b1'))
      await proxy.heal()
      expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'b1'])
    })
  },
)

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import {
  collector,
  durably,
  entries,
  entry,
  labelsOf,
  neverDurably,
  ScriptedHandler,
  unavailable,
  uplink,
} from '../../nodes/platform/stream/contract/fixture.ts'
import type { Entry, NewEntry } from '../../nodes/platform/stream/port.ts'
import { hastyClock } from './redis.fixture.ts'
import { openRedisStream } from './redis.ts'

const keys = 'a b c d e f g h i j k l m n o p q r s t u v w x y z'.split(' ')

/** One entry of each key: `a17` is the 17th of a. */
function round(number: number): readonly NewEntry[] {
  return keys.map((key) => entry(`${key}${number}`, number))
}

/** Each of these rounds at least once, and of each key the first coming in order. Returns how many came twice. */
function expectInOrder(labels: readonly string[], rounds: number): number {
  const first = new Set(labels)
  for (const key of keys) {
    const numbers = [...first].filter((label) => label.startsWith(key)).map((label) => Number(label.slice(1)))
    expect(numbers).toEqual(Array.from({ length: rounds }, (_, number) => number))
  }
  return labels.length - first.size
}

describe.skipIf(isRedisMissing)('several instances of one group (need redis-server)', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  async function instance(namespace: string) {
    const stream = await openRedisStream({ url: server.url, namespace, clock: hastyClock })
    onTestFinished(() => stream.close())
    return stream
  }

  function commands() {
    const logger = { info: () => undefined, warn: () => undefined }
    const redis = connectRedis({ url: server.url, name: 'test', logger, whileAway: 'wait' })
    onTestFinished(() => {
      redis.disconnect()
    })
    return redis
  }

  it('share the partitions evenly, whoever comes and goes; every entry once, each key in order', async () => {
    const namespace = randomUUID()
    const [one, two, three] = [
      await instance(namespace),
      await instance(namespace),
      await instance(namespace),
    ]
    const labels: string[] = []
    const counts = [0, 0, 0]
    const options = (which: number) => {
      const handle = (batch: readonly Entry[]) => {
        labels.push(...labelsOf(batch))
        counts[which] = (counts[which] ?? 0) + batch.length
        return Promise.resolve(durably)
      }
      return collector({ handle, maxEntries: 7 })
    }
    const owners = async (): Promise<readonly number[]> => {
      const leases = await commands().hvals(`${namespace}:{"uplink"}:leases:"process"`)
      const owned = Map.groupBy(leases, (lease) => lease.split(' ')[0])
      return [...owned.values()].map(({ length }) => length).toSorted((a, b) => b - a)
    }
    let rounds = 0
    const append = async (times: number) => {
      for (const _ of Array.from({ length: times })) {
        await one.append(uplink, round(rounds))
        rounds += 1
      }
    }
    const first = await one.consume(options(0))
    await append(20)
    const second = await two.consume(options(1))
    await append(20)
    await vi.waitFor(async () => expect(await owners()).toEqual([8, 8]))
    await append(20)
    const third = await three.consume(options(2))
    await vi.waitFor(async () => expect(await owners()).toEqual([6, 5, 5]))
    await append(20)
    await second.close()
    await append(20)
    await vi.waitFor(async () => expect(await owners()).toEqual([8, 8]))
    await first.close()
    await append(20)
    await vi.waitFor(async () => expect(await owners()).toEqual([16]))
    await third.whenLagAtMost(0)
    expect(expectInOrder(labels, rounds)).toBe(0)
    expect(Math.min(...counts)).toBeGreaterThan(100)
    await vi.waitFor(async () => expect(await one.lag(uplink, 'process')).toBe(0))
  }, 20_000)

  it('hand over at once what one was still trying when it has to give it away', async () => {
    const namespace = randomUUID()
    const [one, two] = [await instance(namespace), await instance(namespace)]
    const kept: string[] = []
    const handle = (batch: readonly Entry[]) => {
      if (batch.length === keys.length) return Promise.resolve(unavailable)
      kept.push(...labelsOf(batch))
      return Promise.resolve(durably)
    }
    await one.consume(collector({ handle }))
    await one.append(uplink, round(0))
    const other = collector()
    await two.consume(other)
    await vi.waitFor(async () => expect(await two.lag(uplink, 'process')).toBe(0), 5000)
    expect(other.seen.length).toBeGreaterThan(0)
    expect([...kept, ...other.seen].toSorted()).toEqual(labelsOf(round(0)).toSorted())
  }, 20_000)

  it('wait a while, before they hand over, for what is processed to become durable', async () => {
    const namespace = randomUUID()
    const [one, two] = [await instance(namespace), await instance(namespace)]
    const handler = new ScriptedHandler()
    await one.consume(collector({ handle: handler.handle }))
    await one.append(uplink, round(0))
    const late = Promise.withResolvers<void>()
    ;(await handler.next()).answer({ kind: 'processed', durable: late.promise })
    const other = collector()
    await two.consume(other)
    const redis = commands()
    const shared = () => redis.hvals(`${namespace}:{"uplink"}:leases:"process"`)
    expect(new Set((await shared()).map((lease) => lease.split(' ')[0])).size).toBe(1)
    late.resolve()
    await vi.waitFor(async () =>
      expect(new Set((await shared()).map((lease) => lease.split(' ')[0])).size).toBe(2),
    )
    await two.append(uplink, round(1))
    await vi.waitFor(() => expect(other.seen.length).toBeGreaterThan(0))
    expect(other.seen.filter((label) => label.endsWith('0'))).toEqual([])
  }, 20_000)

  it('fence off one that hung: what it says late does not move the place that is another one’s now', async () => {
    const namespace = randomUUID()
    const [hung, other] = [await instance(namespace), await instance(namespace)]
    const handler = new ScriptedHandler()
    const hanging = await hung.consume(collector({ handle: handler.handle }))
    await hung.append(uplink, entries('a1', 'b1', 'c1'))
    const hand = await handler.next()
    const redis = commands()
    const members = `${namespace}:{"uplink"}:members:"process"`
    // As if its lease had ended; it learns of it only when it speaks to the server.
    const renewing = new ScriptedHandler()
    const [name = ''] = await redis.zrange(members, '0', '-1')
    await redis.eval(
      `redis.call('ZREM', KEYS[1], ARGV[1])
       for p = 0, 15 do redis.call('HSET', KEYS[2], p, 'gone 1 gone') end`,
      2,
      members,
      `${namespace}:{"uplink"}:leases:"process"`,
      name,
    )
    await other.consume(collector({ handle: renewing.handle }))
    const taken = await renewing.next()
    hand.answer(durably)
    await hanging.close()
    expect(await other.lag(uplink, 'process')).toBe(3)
    const labels = [...taken.labels]
    taken.answer(durably)
    while (labels.length < 3) {
      const more = await renewing.next()
      labels.push(...more.labels)
      more.answer(durably)
    }
    expect(labels.toSorted()).toEqual(['a1', 'b1', 'c1'])
    await vi.waitFor(async () => expect(await other.lag(uplink, 'process')).toBe(0))
  }, 20_000)

  it('bring back to another what was processed and did not become durable', async () => {
    const namespace = randomUUID()
    const [one, two] = [await instance(namespace), await instance(namespace)]
    const handler = new ScriptedHandler()
    const first = await one.consume(collector({ handle: handler.handle }))
    await one.append(uplink, round(0))
    ;(await handler.next()).answer(neverDurably())
    await first.close()
    const other = collector()
    await two.consume(other)
    await vi.waitFor(() => expect(other.seen.toSorted()).toEqual(labelsOf(round(0)).toSorted()))
  }, 20_000)

  it('lose nothing and keep the order when one is killed and another stopped for a while, under load', async () => {
    const namespace = randomUUID()
    const producer = await instance(namespace)
    const labels: string[] = []
    const [killed, stopped, steady] = await Promise.all([
      startChild(server.url, namespace, labels),
      startChild(server.url, namespace, labels),
      startChild(server.url, namespace, labels),
    ])
    let rounds = 0
    const isDone = { now: false }
    const producing = (async () => {
      while (!isDone.now) {
        await producer.append(uplink, round(rounds))
        rounds += 1
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })()
    await vi.waitFor(() => expect(labels.length).toBeGreaterThan(2000), 10_000)
    killed.kill('SIGKILL')
    stopped.kill('SIGSTOP')
    const before = rounds
    const sinceMs = performance.now()
    const isThere = (number: number) => labelsOf(round(number)).every((label) => labels.includes(label))
    await vi.waitFor(() => expect(isThere(before)).toBe(true), { timeout: 15_000, interval: 200 })
    expect(performance.now() - sinceMs).toBeLessThan(15_000)
    stopped.kill('SIGCONT')
    const resumed = rounds
    await vi.waitFor(() => expect(isThere(resumed + 20)).toBe(true), { timeout: 15_000, interval: 200 })
    isDone.now = true
    await producing
    await vi.waitFor(async () => expect(await producer.lag(uplink, 'process')).toBe(0), 15_000)
    expectInOrder(labels, rounds)
    const ended = Promise.all([once(stopped, 'exit'), once(steady, 'exit')])
    stopped.kill('SIGTERM')
    steady.kill('SIGTERM')
    await ended
  }, 60_000)
})

async function startChild(url: string, namespace: string, labels: string[]): Promise<ChildProcess> {
  const file = new URL('redis.child.fixture.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [file, url, namespace], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ready = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    else labels.push(...line.split(' '))
  })
  await ready.promise
  return child
}

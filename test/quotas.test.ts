import { beforeAll, describe, expect, it } from 'vitest'
import { io, type Socket } from 'socket.io-client'
import { z } from 'zod'
import { connectDevice, publishAndWait, publishBytes } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const reading = (): string => `{"readings":[{"port":1,"value":${Date.now() % 1000}}]}`
const messagesPerSecond = 20
const times = 20
/** What may come at once: two seconds' worth. */
const burst = 2 * messagesPerSecond
const measuredMs = 2000
/** Alone and beside by turns: a machine that others use is slow now and then, and as often for the one as for the other. More where that is not enough to tell. */
const rounds = { least: 7, most: 21 }
/** What is quicker than that is quick enough: a difference there is the machine's. */
const floorMs = 5
const readingSchema = z.object({ rawValue: z.number() })

/** Milliseconds from the publish, the 99th of a hundred. */
interface Latency {
  readonly untilDurable: number
  /** Until somebody who watches is told, which is once it is stored. */
  readonly untilStored: number
}
interface Compared {
  readonly alone: Latency
  readonly beside: Latency
}
const storageUsage = z.object({
  storageBytes: z.int(),
  storage: z.object({ documents: z.int(), series: z.int(), archive: z.int() }),
  isStorageFull: z.boolean(),
})

describe('an organization over its quota', () => {
  const running = usePlatform()
  let greedy: ApiClient
  let modest: ApiClient
  let flooder: DeviceAccess
  let other: DeviceAccess
  const setQuotas = (api: ApiClient, quotas: object) =>
    running().api.call('PUT', `/api/v1/organizations/${api.organization ?? ''}/quotas`, { body: quotas })
  let lastValue = 0
  // Who sends more than a message a millisecond has to say when it measured: what collides is a dead letter.
  const firstTakenMs = Date.now() - 3_600_000
  beforeAll(async () => {
    greedy = await createOrganization(running().api, 'greedy')
    modest = await createOrganization(running().api, 'modest')
    flooder = await registerDevice(greedy, 'flooder')
    other = await registerDevice(modest, 'other')
  })

  const watchOther = async (): Promise<Socket> => {
    const auth = { token: await modest.token(), organization: modest.organization ?? '' }
    const socket = io(`${running().url}/live`, { auth, transports: ['websocket'], reconnection: false })
    await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
    await socket.emitWithAck('subscribe', { devices: [other.id] })
    return socket
  }

  const latencyOfOther = async (): Promise<Latency> => {
    const client = await connectDevice(running().mqttPort, other)
    const watcher = await watchOther()
    const durable: number[] = []
    const stored: number[] = []
    const untilMs = performance.now() + measuredMs
    while (performance.now() < untilMs) {
      const startMs = performance.now()
      const value = (lastValue += 1)
      const told = new Promise<number>((resolve) => {
        const hear = (body: unknown): void => {
          if (readingSchema.parse(body).rawValue !== value) return
          watcher.off('reading', hear)
          resolve(performance.now())
        }
        watcher.on('reading', hear)
      })
      const ts = new Date(firstTakenMs + value).toISOString()
      await publishAndWait(client, other.topic, JSON.stringify({ readings: [{ port: 1, value, ts }] }))
      durable.push(performance.now() - startMs)
      stored.push((await told) - startMs)
    }
    watcher.close()
    await client.disconnect()
    return { untilDurable: p99(durable), untilStored: p99(stored) }
  }

  /** The other's latency while the greedy one floods, and how much of that flood was acknowledged. */
  const latencyBeside = async (): Promise<Latency> => {
    await setQuotas(greedy, { messagesPerSecond })
    const client = await connectDevice(running().mqttPort, flooder)
    const startedMs = performance.now()
    // Some at a time: one by one they would hold up this process, which measures.
    const flood = setInterval(() => {
      for (let n = 0; n < messagesPerSecond; n += 1) publishBytes(client, flooder.topic, reading())
    }, 1000 / times)
    const beside = await latencyOfOther()
    clearInterval(flood)
    const seconds = (performance.now() - startedMs) / 1000
    const acknowledged = client.unread('puback').length
    await client.drop()
    expect(acknowledged).toBeLessThanOrEqual(burst + messagesPerSecond * (seconds + 0.5))
    expect(acknowledged).toBeGreaterThan(messagesPerSecond * (seconds - 1))
    await setQuotas(greedy, {})
    // Behind all that was held up.
    const last = await connectDevice(running().mqttPort, flooder)
    await publishAndWait(last, flooder.topic, reading())
    await last.disconnect()
    return beside
  }

  it(`gets its messages acknowledged at its rate, at ${times} times of it, and another is as quick as ever`, async () => {
    expect((await setQuotas(greedy, { messagesPerSecond })).body).toEqual({ messagesPerSecond })
    await latencyOfOther()
    const compared: Compared[] = []
    let [durable, stored] = [Number.NaN, Number.NaN]
    while (
      compared.length < rounds.least ||
      (compared.length < rounds.most && Math.max(durable, stored) >= 1.5)
    ) {
      compared.push({ alone: await latencyOfOther(), beside: await latencyBeside() })
      durable = medianRatio(compared, ({ untilDurable }) => untilDurable)
      stored = medianRatio(compared, ({ untilStored }) => untilStored)
    }
    const all = compared.map(({ alone, beside }) => besideOf(alone.untilStored, beside.untilStored))
    process.stdout.write(
      `p99 beside one at ${times} times its quota, in ${compared.length} rounds: ${durable.toFixed(2)} of alone until durable, ${stored.toFixed(2)} until stored (${all.join(', ')})\n`,
    )
    expect(durable).toBeLessThan(1.5)
    expect(stored).toBeLessThan(1.5)
  }, 240_000)

  it('is told to come back by HTTP, for messages and for calls', async () => {
    await setQuotas(greedy, { messagesPerSecond: 1, apiCallsPerMinute: 5 })
    const as = `Basic ${Buffer.from(`${flooder.id}:${flooder.password}`).toString('base64')}`
    const sent = []
    for (let n = 0; n < 5; n += 1)
      sent.push(await greedy.call('POST', `/api/v1/ingest/${flooder.id}`, { bytes: reading(), as }))
    expect(sent.map(({ status }) => status)).toEqual([202, 202, 429, 429, 429])
    expect(sent.at(-1)?.headers.get('retry-after')).toBe('1')
    const called = []
    for (let n = 0; n < 7; n += 1) called.push(await greedy.call('GET', '/api/v1/devices'))
    expect(called.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429])
    expect(Number(called.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(5)
    expect((await modest.call('GET', '/api/v1/devices')).status).toBe(200)
    await setQuotas(greedy, {})
  })

  it('has the devices that it may have, and no more', async () => {
    await setQuotas(greedy, { devices: 2 })
    const made = await Promise.all(
      ['q1', 'q2', 'q3'].map((id) =>
        greedy.call('POST', '/api/v1/devices', { body: { id, classKey: 'port-monitor', name: id } }),
      ),
    )
    expect(made.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 429, 429])
    await setQuotas(greedy, {})
  })

  it('that holds more than it may has nothing more taken in, until it may again; another has', async () => {
    const as = `Basic ${Buffer.from(`${flooder.id}:${flooder.password}`).toString('base64')}`
    const send = () => greedy.call('POST', `/api/v1/ingest/${flooder.id}`, { bytes: reading(), as })
    const usage = async () =>
      storageUsage.parse(
        (await running().api.call('GET', `/api/v1/organizations/${greedy.organization ?? ''}/quotas/usage`))
          .body,
      )
    expect((await usage()).isStorageFull).toBe(false)
    await setQuotas(greedy, { storageBytes: 100 })
    const { isStorageFull, storage, storageBytes } = await usage()
    expect(isStorageFull).toBe(true)
    expect(storageBytes).toBeGreaterThan(100)
    expect(storageBytes).toBe(storage.documents + storage.series + storage.archive)
    const refused = await send()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('600')
    const client = await connectDevice(running().mqttPort, flooder)
    publishBytes(client, flooder.topic, reading())
    const neighbour = await connectDevice(running().mqttPort, other)
    await publishAndWait(neighbour, other.topic, reading())
    await neighbour.disconnect()
    expect(client.unread('puback')).toHaveLength(0)
    await setQuotas(greedy, {})
    expect((await usage()).isStorageFull).toBe(false)
    expect((await send()).status).toBe(202)
    await until('what was held up to be acknowledged', async () =>
      client.unread('puback').length === 1 ? true : undefined,
    )
    await client.disconnect()
  }, 60_000)

  it('cannot change its quotas, nor see them', async () => {
    expect((await setQuotas(greedy, { devices: -1 })).status).toBe(400)
    expect((await setQuotas(greedy, { orgId: 'x' })).status).toBe(400)
    expect((await running().api.call('GET', '/api/v1/organizations/nobody/quotas')).status).toBe(404)
  })
})

const p99 = (took: readonly number[]): number =>
  took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? Number.NaN

/** Of what was measured one right after the other. */
function medianRatio(compared: readonly Compared[], of: (latency: Latency) => number): number {
  const ratios = compared.map(
    ({ alone, beside }) => Math.max(floorMs, of(beside)) / Math.max(floorMs, of(alone)),
  )
  return ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NaN
}

const besideOf = (aloneMs: number, besideMs: number): string =>
  `${aloneMs.toFixed(1)} → ${besideMs.toFixed(1)} ms`

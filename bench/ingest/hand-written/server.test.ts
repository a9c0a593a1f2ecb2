import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serverCore, startNode } from '../targets/child.ts'
import type { Child } from '../targets/child.ts'
import { makeTempDir, removeTempDir } from '../targets/temp-dir.ts'
import { openRuns } from './runs.ts'

const org = 'o1'
const ids = ['d1', 'd2', 'd3']
const tailRows = 200
const startMs = Date.now() - 3_600_000

const readingsSchema = z.array(
  z.object({ ts: z.number(), raw: z.number(), calibrated: z.number(), ingestTs: z.number() }),
)
const statsSchema = z.object({ storedReadings: z.number(), storedMessages: z.number() })

interface Server {
  readonly child: Child
  readonly mqttPort: number
  readonly httpPort: number
}

let dir = ''

async function startServer(): Promise<Server> {
  const child = startNode([fileURLToPath(new URL('server.ts', import.meta.url))], {
    core: serverCore,
    env: { REGISTRY: join(dir, 'registry.json'), DATA_DIR: dir, TAIL_ROWS: String(tailRows) },
  })
  const ports = await child.line((line) => {
    const ready = z.object({ mqttPort: z.number(), httpPort: z.number() }).safeParse(JSON.parse(line))
    return ready.data
  }, 20)
  return { child, ...ports }
}

const ask = async (server: Server, path: string): Promise<unknown> =>
  (await fetch(`http://127.0.0.1:${server.httpPort}${path}`)).json()

const readings = async (
  server: Server,
  device: string,
  port: number,
  range = '',
): Promise<z.infer<typeof readingsSchema>> =>
  readingsSchema.parse(await ask(server, `/readings?device=${device}&port=${port}${range}`))

const connectDevice = (server: Server, id: string, password = 'secret'): Promise<MqttClient> =>
  connectAsync(`mqtt://127.0.0.1:${server.mqttPort}`, {
    clientId: id,
    username: id,
    password,
    reconnectPeriod: 0,
  })

function publish(client: MqttClient, id: string, tsMs: number, value: number): Promise<unknown> {
  const values = [
    { port: 1, value },
    { port: 2, value: -value },
  ]
  const payload = JSON.stringify({ ts: new Date(tsMs).toISOString(), readings: values })
  return client.publishAsync(`org/${org}/device/${id}/telemetry`, payload, { qos: 1 })
}

/** Publishes from all devices without a pause until the server dies; returns the times that were acknowledged. */
async function publishUntilKilled(server: Server, killAfter: number): Promise<Map<string, number[]>> {
  const acknowledged = new Map<string, number[]>(ids.map((id) => [id, []]))
  let count = 0
  const devices = ids.map(async (id) => {
    const client = await connectDevice(server, id)
    const closed = new Promise<false>((resolve) => {
      client.once('close', () => resolve(false))
    })
    client.on('error', () => undefined)
    for (let n = 0; ; n += 10) {
      const sent = Array.from({ length: 10 }, async (_, i) => {
        const ts = startMs + n + i
        await publish(client, id, ts, n + i)
        acknowledged.get(id)?.push(ts)
        if (++count === killAfter) server.child.process.kill('SIGKILL')
        return true
      })
      const alive = await Promise.race([closed, Promise.all(sent).catch(() => false)])
      if (alive === false) return client.end(true)
    }
  })
  await Promise.all(devices)
  return acknowledged
}

beforeAll(() => {
  dir = makeTempDir('hand-written-test')
  const passwordSha256 = createHash('sha256').update('secret').digest('hex')
  const ports = [
    { port: 1, scaling: 2, offset: 1 },
    { port: 2, scaling: 1, offset: 0 },
  ]
  writeFileSync(
    join(dir, 'registry.json'),
    JSON.stringify({ devices: ids.map((id) => ({ id, org, passwordSha256, ports })) }),
  )
})

afterAll(() => removeTempDir(dir))

describe('the hand-written server, killed under load and started again', { timeout: 60_000 }, () => {
  let server: Server
  let acknowledged = new Map<string, number[]>()

  beforeAll(async () => {
    acknowledged = await publishUntilKilled(await startServer(), 1000)
    server = await startServer()
  }, 60_000)

  afterAll(() => server.child.stop())

  it('has every acknowledged reading once, calibrated and in the order of time', async () => {
    expect([...acknowledged.values()].flat().length).toBeGreaterThanOrEqual(1000)
    for (const [id, times] of acknowledged) {
      const stored = await readings(server, id, 1)
      const storedTimes = stored.map(({ ts }) => ts)
      expect(storedTimes).toEqual([...new Set(storedTimes)].sort((left, right) => left - right))
      expect(times.filter((ts) => !storedTimes.includes(ts))).toEqual([])
      expect(
        stored.every(({ ts, raw, calibrated }) => raw === ts - startMs && calibrated === raw * 2 + 1),
      ).toBe(true)
      expect(await readings(server, id, 2)).toHaveLength(stored.length)
    }
  })

  it('had them both in finished runs and in the log alone', () => {
    const db = openRuns(join(dir, 'readings.sqlite'))
    const inRuns = Number(db.prepare('SELECT sum(rows) AS n FROM run').get()?.['n'])
    db.close()
    expect(inRuns).toBeGreaterThan(tailRows)
    expect(inRuns % 2).toBe(0)
  })

  it('answers a range with its start and without its end', async () => {
    const times = (await readings(server, 'd2', 1, `&from=${startMs + 5}&to=${startMs + 8}`)).map(
      ({ ts }) => ts,
    )
    expect(times).toEqual([startMs + 5, startMs + 6, startMs + 7])
    expect(await readings(server, 'd2', 9)).toEqual([])
    expect(await readings(server, 'stranger', 1)).toEqual([])
  })

  it('does not store a redelivery, early or late, and keeps the newest as the latest', async () => {
    const before = statsSchema.parse(await ask(server, '/stats'))
    const newest = Math.max(...(acknowledged.get('d1') ?? []))
    const client = await connectDevice(server, 'd1')
    await publish(client, 'd1', startMs, 0)
    await publish(client, 'd1', newest, newest - startMs)
    await publish(client, 'd1', startMs - 500, -500)
    await client.endAsync()
    const after = statsSchema.parse(await ask(server, '/stats'))
    expect(after.storedMessages).toBe(before.storedMessages + 3)
    expect(after.storedReadings).toBe(before.storedReadings + 2)
    expect((await readings(server, 'd1', 1)).at(0)?.ts).toBe(startMs - 500)
    const latest = z.object({ ts: z.number() }).parse(await ask(server, '/latest?device=d1&port=1'))
    expect(latest.ts).toBeGreaterThanOrEqual(newest)
  })

  it('refuses a wrong password, and closes on a topic that is not the device’s', async () => {
    await expect(connectDevice(server, 'd3', 'wrong')).rejects.toThrow('Not authorized')
    const client = await connectDevice(server, 'd3')
    client.on('error', () => undefined)
    const closed = new Promise((resolve) => {
      client.once('close', () => resolve('closed'))
    })
    client.publish(`org/${org}/device/d1/telemetry`, '{}', { qos: 1 })
    expect(await closed).toBe('closed')
    client.end(true)
  })

  it('hands telemetry on to the device’s own subscription, and other topics without it', async () => {
    const client = await connectDevice(server, 'd3')
    const topic = `org/${org}/device/d3/`
    await client.subscribeAsync(`${topic}#`)
    const heard: string[] = []
    const both = new Promise((resolve) => {
      client.on('message', (name) => {
        if (heard.push(name) === 2) resolve(undefined)
      })
    })
    await publish(client, 'd3', startMs - 1000, 1)
    await client.publishAsync(`${topic}lifecycle`, '{"status":"online"}', { qos: 1 })
    await both
    expect(heard.sort()).toEqual([`${topic}lifecycle`, `${topic}telemetry`])
    await client.endAsync()
  })

  it('stops with exit code 0 on SIGTERM and still has everything', async () => {
    const before = statsSchema.parse(await ask(server, '/stats'))
    await server.child.stop()
    expect(server.child.process.exitCode).toBe(0)
    server = await startServer()
    const after = statsSchema.parse(await ask(server, '/stats'))
    expect(after.storedReadings).toBe(before.storedReadings)
  })
})

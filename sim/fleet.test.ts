import { once } from 'node:events'
import { createServer } from 'node:net'
import { Aedes, type AedesPublishPacket, type Client } from 'aedes'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ClassKey } from './devices/catalogue.ts'
import { startFleet, type Fleet, type Member } from './fleet.ts'
import { NO_FAULTS } from './fault-plan.ts'

const bodySchema = z.record(z.string(), z.unknown())

interface Arrival {
  readonly topic: string
  readonly body: Record<string, unknown>
  readonly qos: number
}

/** A real broker in the process, which remembers what arrived and lets a test wait for more. */
async function startBroker() {
  const broker = await Aedes.createBroker()
  const refusedOnce = new Set<string>()
  broker.authenticate = (_client, username, password, done) => {
    done(null, password?.toString() === `pw-${username}` && !refusedOnce.delete(String(username)))
  }
  const arrivals: Arrival[] = []
  const clients = new Set<Client>()
  broker.on('clientReady', (client) => clients.add(client))
  const waiting = new Set<() => void>()
  broker.on('publish', ({ topic, payload, qos }: AedesPublishPacket, client: Client | null) => {
    // A last will comes from the broker itself, as does its $SYS chatter.
    if (client === null && topic.startsWith('$SYS')) return
    arrivals.push({ topic, body: bodySchema.parse(JSON.parse(payload.toString())), qos })
    for (const look of waiting) look()
  })
  const server = createServer(broker.handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')

  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    clients,
    arrivals,
    refusedOnce,
    arrived: (matches: (arrival: Arrival) => boolean): Promise<Arrival> =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = arrivals.find(matches)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    send: (topic: string, body: unknown): Promise<void> =>
      new Promise((resolve, reject) => {
        const payload = Buffer.from(JSON.stringify(body))
        broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        )
      }),
    async close() {
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      server.close()
    },
  }
}

let broker: Awaited<ReturnType<typeof startBroker>>
let fleet: Fleet | undefined

beforeEach(async () => {
  broker = await startBroker()
})
afterEach(async () => {
  await fleet?.stop()
  fleet = undefined
  await broker.close()
})

function member(classKey: ClassKey): Member {
  return { deviceId: `${classKey}-1`, password: `pw-${classKey}-1`, orgId: 'o', classKey }
}

function start(classKeys: readonly ClassKey[]): Fleet {
  const members = classKeys.map(member)
  const options = { mqttUrl: broker.url, members, intervalMs: 20, seed: '1', faults: NO_FAULTS }
  fleet = startFleet(options)
  return fleet
}

describe('a fleet at a real broker', () => {
  it('connects every class and reports with QoS 1', async () => {
    const running = start(['port-monitor', 'air-purifier', 'sleep-pod'])
    await running.ready
    expect(running.counts).toMatchObject({ devices: 3, connected: 3 })
    const telemetry = [
      'org/o/device/port-monitor-1/telemetry',
      'device/air-purifier-1/data',
      'cochilo/cabine/sleep-pod-1/telemetry',
    ]
    for (const topic of telemetry) {
      expect(await broker.arrived((arrival) => arrival.topic === topic)).toMatchObject({ qos: 1 })
    }
  })

  it('obeys and acknowledges a command', async () => {
    const running = start(['air-purifier'])
    await running.ready
    await broker.send('device/air-purifier-1/command', { commandId: 'c-1', action: 'setFanSpeed', value: 5 })
    const ack = await broker.arrived(({ topic }) => topic === 'device/air-purifier-1/ack')
    expect(ack.body).toMatchObject({ commandId: 'c-1', status: 'ok', state: { fanSpeed: 5 } })
    await broker.arrived(({ topic, body }) => topic.endsWith('/data') && body['fanSpeed'] === 5)
    expect(running.counts).toMatchObject({ commands: 1, answered: 1 })
  })

  it('lets somebody type at the keypad', async () => {
    const running = start(['sleep-pod'])
    await running.ready
    expect(running.person('nobody', { kind: 'keypad', code: '1' })).toBe(false)
    expect(running.person('sleep-pod-1', { kind: 'keypad', code: '123456' })).toBe(true)
    const event = await broker.arrived(({ topic }) => topic === 'cochilo/cabine/sleep-pod-1/events')
    expect(event.body).toMatchObject({ event: 'CODE_ENTERED', code: '123456' })
  })

  it('says offline when it stops, with everything acknowledged', async () => {
    const running = start(['port-monitor'])
    await running.ready
    await broker.arrived(({ topic }) => topic.endsWith('/telemetry'))
    await running.stop()
    expect(broker.arrivals.at(-1)).toMatchObject({
      topic: 'org/o/device/port-monitor-1/lifecycle',
      body: { status: 'offline', ts: expect.any(String) },
    })
    expect(running.counts.acknowledged).toBe(running.counts.sent)
  })

  it('comes back after a broken connection, for which the last will has said offline', async () => {
    const running = start(['port-monitor'])
    const lifecycles = () => broker.arrivals.filter(({ topic }) => topic.endsWith('/lifecycle'))
    await running.ready
    await broker.arrived(({ body }) => body['status'] === 'online')
    for (const client of broker.clients) client.conn.destroy()
    await broker.arrived(() => lifecycles().length === 3)
    expect(lifecycles().map(({ body }) => body['status'])).toEqual(['online', 'offline', 'online'])
    expect(running.counts.reconnects).toBe(1)
  })

  it('keeps trying when it is refused, and tells why', async () => {
    broker.refusedOnce.add('air-purifier-1')
    const running = start(['air-purifier'])
    await running.ready
    expect([...running.counts.problems]).toEqual([['Connection refused: Not authorized', 1]])
  })
})

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isMongoMissing, mongoServerName } from '../engines/mongo/testing/server.fixture.ts'
import { isRedisMissing } from '../engines/redis/server.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { TestCluster } from './harness/cluster.ts'
import { EditorClient } from './harness/editor-client.ts'
import {
  basicOf,
  createOrganization,
  createTalkerClass,
  type DeviceAccess,
  latestSchema,
  readingsOf,
  registerDevice,
} from './harness/resources.ts'
import { until, untilTrue } from './harness/until.ts'

const stateSchema = z.object({ online: z.boolean(), lastSeen: z.string().nullable() })
const overviewSchema = z.object({
  devices: z.object({ total: z.int(), online: z.int() }),
  messagesPerSecond: z.number(),
  readingsStored: z.int(),
})
const anything = z.unknown()

interface Received {
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
}

describe.skipIf(isRedisMissing || isMongoMissing)(
  `ingest, process and serve as three processes (needs redis-server and a MongoDB server, here ${mongoServerName})`,
  () => {
    let cluster: TestCluster
    let api: ApiClient
    let device: DeviceAccess
    const sockets: Socket[] = []

    beforeAll(async () => {
      cluster = await TestCluster.open()
      await cluster.start('serve', 'serve')
      await Promise.all([cluster.start('process', 'process'), cluster.start('ingest', 'ingest')])
      api = await createOrganization(cluster.member('serve').api, 'shared')
      device = await registerDevice(api, 'shared-1')
    }, 120_000)
    afterEach(({ task }) => {
      for (const socket of sockets.splice(0)) socket.close()
      if (task.result?.state === 'fail') process.stderr.write(`${cluster.log}\n`)
    })
    afterAll(() => cluster[Symbol.asyncDispose]())

    const publish = async (to: DeviceAccess, value: number, ts?: string): Promise<void> => {
      const client = await connectDevice(cluster.member('ingest').mqttPort, to, { clientId: `${to.id}/p` })
      await publishAndWait(
        client,
        to.topic,
        JSON.stringify({ ...(ts === undefined ? {} : { ts }), readings: [{ port: 1, value }] }),
      )
      await client.disconnect()
    }
    const stored = (of: DeviceAccess, value: number): ReturnType<typeof readingsOf> =>
      until(`${of.id}: ${value} is stored`, async () => {
        const found = (await readingsOf(api, of.id)).filter(({ rawValue }) => rawValue === value)
        return found.length > 0 ? found : undefined
      })

    async function watch(devices?: readonly string[]): Promise<readonly Received[]> {
      const socket = io(`${cluster.member('serve').url}/live`, {
        auth: { token: await api.token(), organization: api.organization ?? '' },
        transports: ['websocket'],
        reconnection: false,
      })
      sockets.push(socket)
      const received: Received[] = []
      socket.onAny((name: string, body: Received['body']) => received.push({ name, body }))
      await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
      await socket.emitWithAck('subscribe', devices === undefined ? {} : { devices })
      return received
    }

    it('what a device publishes at one is stored by the next and read at the third', async () => {
      await publish(device, 42)
      expect(await stored(device, 42)).toHaveLength(1)
      await until('the latest value', async () => {
        const { items } = await api.get(latestSchema, `/api/v1/devices/${device.id}/latest`)
        return items.find(({ rawValue }) => rawValue === 42)
      })
      const { messagesPerSecond, readingsStored } = await until('the overview', async () => {
        const overview = await api.get(overviewSchema, '/api/v1/overview')
        return overview.messagesPerSecond > 0 ? overview : undefined
      })
      expect({ isMoving: messagesPerSecond > 0, readingsStored }).toEqual({
        isMoving: true,
        readingsStored: 1,
      })
    })

    it('whoever watches sees it live, and only what they watch', async () => {
      const second = await registerDevice(api, 'shared-2')
      const [all, one] = [await watch(), await watch([second.id])]
      let value = 100
      // What is watched is known to the other process a moment later.
      await until('a reading of each', async () => {
        value += 1
        await publish(device, value)
        await publish(second, value)
        const isSeen = [device, second].every(({ id }) =>
          all.some(({ name, body }) => name === 'reading' && body['deviceId'] === id),
        )
        return isSeen && one.length > 0 ? true : undefined
      })
      expect(new Set(one.map(({ body }) => body['deviceId']))).toEqual(new Set([second.id]))
    })

    it('a device is online by its connection to one, and offline when that ends, at another', async () => {
      const isOnline = (expected: boolean): Promise<void> =>
        untilTrue(`online: ${expected}`, async () => {
          const { online } = await api.get(stateSchema, `/api/v1/devices/${device.id}/state`)
          return online === expected
        })
      const client = await connectDevice(cluster.member('ingest').mqttPort, device)
      await isOnline(true)
      await client.disconnect()
      await isOnline(false)
      const { devices } = await api.get(overviewSchema, '/api/v1/overview')
      expect(devices.total).toBeGreaterThanOrEqual(1)
    })

    it('a device that falls silent is offline, one that holds a connection is not', async () => {
      await createTalkerClass(api)
      const [silent, connected] = [
        await registerDevice(api, 'talker-1', { classKey: 'talker' }),
        await registerDevice(api, 'talker-2', { classKey: 'talker' }),
      ]
      const online = async (id: string): Promise<boolean> =>
        (await api.get(stateSchema, `/api/v1/devices/${id}/state`)).online
      const client = await connectDevice(cluster.member('ingest').mqttPort, connected)
      const as = basicOf(silent)
      await fetch(`${cluster.member('ingest').url}/api/v1/ingest/${silent.id}`, {
        method: 'POST',
        headers: { authorization: as },
        body: '{"readings":[{"port":1,"value":1}]}',
      })
      await untilTrue(
        'both are online',
        async () => (await online(silent.id)) && (await online(connected.id)),
      )
      await untilTrue('the silent one is offline', async () => !(await online(silent.id)), { seconds: 40 })
      expect(await online(connected.id)).toBe(true)
      await client.disconnect()
    })

    it('a calibration changed at one counts for the next reading at another', async () => {
      for (const scaling of [2, 3, 0.5, 4, 0.25, 8]) {
        await api.expect(anything, 'PATCH', `/api/v1/devices/${device.id}/ports/1`, { body: { scaling } })
        const value = 1000 + scaling
        await publish(device, value)
        expect((await stored(device, value)).map(({ calibratedValue }) => calibratedValue)).toEqual([
          value * scaling,
        ])
      }
    })

    it('a new device can connect at once, and a password given anew ends its connection', async () => {
      const third = await registerDevice(api, 'shared-3')
      const client = await connectDevice(cluster.member('ingest').mqttPort, third)
      await api.expect(anything, 'POST', `/api/v1/devices/${third.id}/credential`)
      const isClosed = client.closed.then(() => true)
      expect(await Promise.race([isClosed, delay(1000, false)])).toBe(true)
      await expect(connectDevice(cluster.member('ingest').mqttPort, third)).rejects.toThrow('CONNACK 4')
    })

    it('telemetry over HTTPS goes in where devices go in, and nowhere else', async () => {
      const as = basicOf(device)
      const post = (name: string): Promise<number> =>
        fetch(`${cluster.member(name).url}/api/v1/ingest/${device.id}`, {
          method: 'POST',
          headers: { authorization: as },
          body: '{"readings":[{"port":1,"value":777}]}',
        }).then(({ status }) => status)
      expect([await post('ingest'), await post('process'), await post('serve')]).toEqual([202, 404, 404])
      expect(await stored(device, 777)).toHaveLength(1)
    })

    it('each has health, readiness and metrics; pages and API only the one that serves', async () => {
      const status = async (name: string, where: string): Promise<number> =>
        (
          await fetch(`${cluster.member(name).url}${where}`, {
            headers: { accept: 'text/html' },
            redirect: 'manual',
          })
        ).status
      for (const name of ['ingest', 'process', 'serve']) {
        for (const where of ['/healthz', '/readyz', '/metrics'])
          expect([name, where, await status(name, where)]).toEqual([name, where, 200])
      }
      for (const where of ['/', '/editor/', '/dashboard', '/login', '/api/v1/devices']) {
        for (const name of ['ingest', 'process'])
          expect([name, where, await status(name, where)]).toEqual([name, where, 404])
        expect([where, await status('serve', where)]).not.toEqual([where, 404])
      }
    })

    it('a deploy where the editor is reaches the process that runs the tab', async () => {
      const file = path.join(cluster.member('serve').flowsDir, 'ingestion.json')
      const before = readFileSync(file, 'utf8')
      const editor = new EditorClient(cluster.member('serve').api)
      await editor.change(({ type }) => type === 'quality', { name: 'renamed' }, 'nodes')
      expect(readFileSync(file, 'utf8')).not.toBe(before)
      await untilTrue('the process runs it', async () =>
        (await (await fetch(`${cluster.member('process').url}/metrics`)).text()).includes('node="renamed"'),
      )
      await publish(device, 4242)
      expect(await stored(device, 4242)).toHaveLength(1)
    })
  },
)

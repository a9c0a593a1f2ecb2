import { once } from 'node:events'
import { existsSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { freePort } from '../nodes/platform/testing/free-port.fixture.ts'
import { registerFleet, report } from './harness/fleet.ts'
import { judge, kept } from './harness/oracle.ts'
import { startPlatform } from './harness/platform.ts'
import { PlatformProcess } from './harness/platform-process.ts'
import { Publisher } from './harness/publisher.ts'
import { basicOf, createOrganization, createTalkerClass, registerDevice } from './harness/resources.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const stopWithinMs = 10_000
const stateSchema = z.object({ online: z.boolean(), isSilent: z.boolean(), lastSeen: z.string().nullable() })

describe('a stop', () => {
  const running = usePlatform()

  it('by SIGTERM under full load ends with 0 within 10 s, loses nothing, and the next start serves', async () => {
    const platform = running()
    const { api, devices } = await registerFleet(platform.api, 20)
    const publisher = await Publisher.connect(platform.mqttPort, devices)
    publisher.publish()
    await publisher.whenAcknowledged(5000)
    const stoppingMs = performance.now()
    const exit = await platform.kill('SIGTERM')
    const stoppedAfterMs = Math.round(performance.now() - stoppingMs)
    await platform.start()
    await publisher.whenConnected()
    await publisher.drain()
    const verdict = await judge(api, publisher)
    publisher.stop()
    report(`SIGTERM, stopped after ${stoppedAfterMs} ms`, verdict)
    expect(exit).toEqual({ code: 0, signal: null })
    expect(stoppedAfterMs).toBeLessThan(stopWithinMs)
    expect(verdict).toMatchObject(kept)
    expect(verdict.stored).toBe(verdict.sent)
  })
})

describe('a start', () => {
  it('with wrong settings names all of them at once and ends with 1', async () => {
    const folder = makeTempDir('wrong')
    const started = new PlatformProcess({
      DATA_DIR: folder,
      PORT: '99999',
      MQTT_PORT: 'eighteen',
      LOG_LEVEL: 'loud',
      DEMO: 'maybe',
      ROLES: 'ingest,juggle',
      ADMIN_PASSWORD_FILE: '/nowhere/secret',
      TLS_CERT: 'cert.pem',
    })
    expect(await started.exited).toEqual({ code: 1, signal: null })
    const wrong = [
      'PORT',
      'MQTT_PORT',
      'LOG_LEVEL',
      'DEMO',
      'ROLES',
      'ADMIN_PASSWORD_FILE',
      'TLS_CERT, TLS_KEY',
    ]
    const named = wrong.filter((name) =>
      started.stderr.split('\n').some((line) => line.startsWith(`  ${name}:`)),
    )
    expect(named).toEqual(wrong)
    removeTempDir(folder)
  })

  /** One that is in the midst of it. */
  const begun = async (more: Readonly<Record<string, string>> = {}) => {
    const folder = makeTempDir('begun')
    const data = path.join(folder, 'data')
    const [port, mqttPort] = [await freePort(), await freePort()]
    const ports = { PORT: `${port}`, MQTT_PORT: `${mqttPort}` }
    const started = new PlatformProcess({
      DATA_DIR: data,
      DEMO: 'off',
      ADMIN_PASSWORD: 'x',
      ...ports,
      ...more,
    })
    await untilTrue('the store to be opened', () => existsSync(path.join(data, 'store')))
    return { started, [Symbol.dispose]: () => removeTempDir(folder) }
  }

  it('that is stopped before it is done ends with 0', async () => {
    using start = await begun()
    expect(await start.started.kill('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(start.started.log).toContain('"msg":"stopping"')
    expect(start.started.stderr).toBe('')
  })

  it.each(['PORT', 'MQTT_PORT'])('that finds its %s taken says so and ends with 1', async (setting) => {
    await using taken = net.createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = z.object({ port: z.int() }).parse(taken.address()).port
    using start = await begun({ [setting]: `${port}` })
    expect(await start.started.exited).toEqual({ code: 1, signal: null })
    expect(start.started.stderr).toBe(`listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`)
  })

  it('of a second process on the same data is refused, and the first one goes on', async () => {
    await using platform = await startPlatform()
    const second = new PlatformProcess({
      DATA_DIR: platform.dataDir,
      FLOWS_DIR: platform.flowsDir,
      PORT: `${await freePort()}`,
      MQTT_PORT: `${await freePort()}`,
      DEMO: 'off',
    })
    expect(await second.exited).toEqual({ code: 1, signal: null })
    const series = path.join(platform.dataDir, 'series')
    expect(second.stderr).toBe(`DATA_DIR: ${series} is in use by another process\n`)
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(200)
  })

  it('that something in the process ends without a word is told of', async () => {
    const ends = `data:text/javascript,process.on('SIGUSR2',()=>process.exit(7))`
    using start = await begun({ NODE_OPTIONS: `--import=${ends}` })
    expect(await start.started.kill('SIGUSR2')).toEqual({ code: 7, signal: null })
    expect(start.started.stderr).toBe('Fleetloom ended before it had started (code 7).\n')
  })
})

describe('a device is online or offline', () => {
  const running = usePlatform()
  let own: ApiClient | undefined

  const organization = async (): Promise<ApiClient> =>
    (own ??= await createOrganization(running().api, 'lifecycle'))

  /** Resolves with the state once it is that, and with what it is otherwise. */
  const isOnline = async (id: string, expected: boolean, seconds = 10): Promise<boolean> => {
    const api = await organization()
    const read = async (): Promise<boolean> =>
      (await api.get(stateSchema, `/api/v1/devices/${id}/state`)).online
    await untilTrue(id, async () => (await read()) === expected, { seconds }).catch(() => undefined)
    return read()
  }

  it('by its connection, however that ends', async () => {
    const device = await registerDevice(await organization(), 'connected-1')
    const first = await connectDevice(running().mqttPort, device)
    expect(await isOnline(device.id, true)).toBe(true)
    await first.disconnect()
    expect(await isOnline(device.id, false)).toBe(false)
    const second = await connectDevice(running().mqttPort, device)
    expect(await isOnline(device.id, true)).toBe(true)
    await second.drop()
    expect(await isOnline(device.id, false)).toBe(false)
  })

  it('by its last will', async () => {
    const device = await registerDevice(await organization(), 'willing-1')
    const topic = device.topic.replace('telemetry', 'lifecycle')
    // A second connection stays, so that only the will can say it.
    const other = await connectDevice(running().mqttPort, device, { clientId: `${device.id}/b` })
    const client = await connectDevice(running().mqttPort, device, {
      will: { topic, payload: Buffer.from('{"status":"offline"}'), qos: 1, retain: false },
    })
    expect(await isOnline(device.id, true)).toBe(true)
    await client.drop()
    expect(await isOnline(device.id, false)).toBe(false)
    await other.disconnect()
  })

  it('by its silence, when it has no connection', async () => {
    const api = await organization()
    await createTalkerClass(api)
    const device = await registerDevice(api, 'talker-1', { classKey: 'talker' })
    const as = basicOf(device)
    const answer = await running().api.call('POST', `/api/v1/ingest/${device.id}`, {
      as,
      bytes: '{"readings":[{"port":1,"value":1}]}',
    })
    expect(answer.status).toBe(202)
    expect(await isOnline(device.id, true)).toBe(true)
    expect(await isOnline(device.id, false, 15)).toBe(false)
  })

  it('and silent, when it has a connection and says nothing', async () => {
    const api = await organization()
    const device = await registerDevice(api, 'talker-2', { classKey: 'talker' })
    const client = await connectDevice(running().mqttPort, device)
    const read = async (): Promise<z.output<typeof stateSchema>> =>
      api.get(stateSchema, `/api/v1/devices/${device.id}/state`)
    const say = (value: number): Promise<void> =>
      publishAndWait(client, `talkers/${device.id}`, `{"readings":[{"port":1,"value":${value}}]}`)
    await say(1)
    expect(await isOnline(device.id, true)).toBe(true)
    await untilTrue('silence', async () => (await read()).isSilent, { seconds: 15 })
    expect(await read()).toMatchObject({ online: true, isSilent: true })
    await say(2)
    await untilTrue('no silence', async () => !(await read()).isSilent)
    expect(await read()).toMatchObject({ online: true, isSilent: false })
    await client.disconnect()
  })

  it('after a kill as it was before it', async () => {
    const platform = running()
    const device = await registerDevice(await organization(), 'killed-1')
    await connectDevice(platform.mqttPort, device)
    expect(await isOnline(device.id, true)).toBe(true)
    await delay(50)
    await platform.kill('SIGKILL')
    await platform.start()
    // It has not come back: its silence tells, or the broker that lost it.
    expect(await isOnline(device.id, true)).toBe(true)
  })
})

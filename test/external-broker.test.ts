import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Mosquitto, mosquittoIsMissing } from '../engines/broker/external/mosquitto.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { registerFleet, report } from './harness/fleet.ts'
import { judge, kept } from './harness/oracle.ts'
import { startPlatform, type TestPlatform } from './harness/platform.ts'
import { Publisher } from './harness/publisher.ts'
import { seededRandom } from './harness/random.ts'
import { createOrganization, readingsOf, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'

const anything = z.unknown()
const rounds = Number(process.env['KILL_ROUNDS'] ?? 3)
const recoveredWithinMs = 15_000

/** A Mosquitto that lets everybody in, and a platform on it. */
function usePlatformOnMosquitto(environment: Readonly<Record<string, string>>): () => {
  readonly mosquitto: Mosquitto
  readonly platform: TestPlatform
} {
  let mosquitto: Mosquitto | undefined
  let platform: TestPlatform | undefined
  beforeAll(async () => {
    mosquitto = await Mosquitto.start()
    platform = await startPlatform({
      environment: { MQTT_URL: mosquitto.url, MQTT_CLIENT_ID: 'ingest-1', ...environment },
    })
  })
  afterAll(async () => {
    await platform?.dispose()
    await mosquitto?.[Symbol.asyncDispose]()
  })
  return () => {
    if (mosquitto === undefined || platform === undefined) throw new Error('not started')
    return { mosquitto, platform }
  }
}

describe.skipIf(mosquittoIsMissing)('a platform with a broker of its own (needs mosquitto)', () => {
  const running = usePlatformOnMosquitto({})

  it('listens for MQTT nowhere', async () => {
    const { platform } = running()
    const socket = connect(platform.mqttPort, '127.0.0.1')
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED')
    const upgrade = connect(platform.port, '127.0.0.1')
    upgrade.write(
      'GET /mqtt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    const [answer = Buffer.from('closed')] = (await Promise.race([
      once(upgrade, 'data'),
      once(upgrade, 'close').then(() => []),
    ])) as Buffer[]
    expect(answer.toString()).not.toContain('101')
    upgrade.destroy()
  })

  it('hears a device of a brand-new class from its first message on', async () => {
    const { mosquitto, platform } = running()
    const api = await createOrganization(platform.api, 'newcomers')
    await api.expect(anything, 'POST', '/api/v1/device-classes', {
      body: {
        key: 'mast',
        name: 'Mast',
        topics: { telemetry: 'masts/{device}/up' },
        decode: { shape: 'readings' },
        ports: [{ port: 1, name: 'wind' }],
      },
    })
    const device = await registerDevice(api, 'mast-1', { classKey: 'mast' })
    const client = await connectDevice(mosquitto.port, device)
    await publishAndWait(client, 'masts/mast-1/up', '{"readings":[{"port":1,"value":7}]}')
    const stored = await until('the reading', async () => {
      const found = await readingsOf(api, device.id)
      return found.length > 0 ? found : undefined
    })
    expect(stored).toMatchObject([{ port: 1, rawValue: 7 }])
  })

  it(
    `has everything once that the broker acknowledged, after ${rounds} kills of the platform under load`,
    async () => {
      const { mosquitto, platform } = running()
      const random = seededRandom('external broker')
      const { api, devices } = await registerFleet(platform.api, 10)
      const publisher = await Publisher.connect(mosquitto.port, devices, 1)
      for (let round = 0; round < rounds; round += 1) {
        publisher.publish()
        await delay(random.between(150, 500))
        await platform.kill('SIGKILL')
        for (const connection of publisher.connections) connection.pause()
        await platform.start()
      }
      await publisher.drain()
      const verdict = await judge(api, publisher)
      publisher.stop()
      report(`external broker, platform killed ${rounds} times`, verdict)
      expect(verdict).toMatchObject(kept)
      expect(verdict.stored).toBe(verdict.sent)
    },
    60_000 + rounds * 30_000,
  )
})

describe.skipIf(mosquittoIsMissing)('the one platform with a broker of its own (needs mosquitto)', () => {
  const running = usePlatformOnMosquitto({ MQTT_SHARED: 'off' })

  it('has everything once when the broker is restarted under load, and is ready again within 15 s', async () => {
    const { mosquitto, platform } = running()
    const isReady = async (): Promise<boolean> => (await fetch(`${platform.url}/readyz`)).ok
    const { api, devices } = await registerFleet(platform.api, 10)
    const publisher = await Publisher.connect(mosquitto.port, devices, 1)
    publisher.publish()
    await publisher.whenAcknowledged(500)
    await mosquitto.stop('SIGTERM')
    await until('the platform says that it hears nothing', async () => ((await isReady()) ? undefined : true))
    await mosquitto.run()
    const backMs = performance.now()
    await until('the platform is ready again', async () => ((await isReady()) ? true : undefined))
    const recoveryMs = Math.round(performance.now() - backMs)
    await publisher.whenAcknowledged(500)
    await publisher.drain()
    const verdict = await judge(api, publisher)
    publisher.stop()
    report(`external broker restarted, platform back after ${recoveryMs} ms`, verdict)
    expect(verdict).toMatchObject(kept)
    expect(recoveryMs).toBeLessThan(recoveredWithinMs)
  }, 120_000)

  it('is ready again within 15 s when the broker is killed under load, and stores nothing twice', async () => {
    const { mosquitto, platform } = running()
    const isReady = async (): Promise<boolean> => (await fetch(`${platform.url}/readyz`)).ok
    const { api, devices } = await registerFleet(platform.api, 10)
    const publisher = await Publisher.connect(mosquitto.port, devices, 1)
    publisher.publish()
    await publisher.whenAcknowledged(500)
    await mosquitto.stop('SIGKILL')
    await until('the platform says that it hears nothing', async () => ((await isReady()) ? undefined : true))
    for (const connection of publisher.connections) connection.pause()
    await mosquitto.run()
    const backMs = performance.now()
    await until('the platform is ready again', async () => ((await isReady()) ? true : undefined))
    const recoveryMs = Math.round(performance.now() - backMs)
    publisher.publish()
    await publisher.whenAcknowledged(500)
    await publisher.drain()
    const verdict = await judge(api, publisher)
    publisher.stop()
    // What Mosquitto had acknowledged and not yet delivered is gone with it: docs/how-to/use-your-own-broker.md.
    report(`external broker killed, platform back after ${recoveryMs} ms`, verdict)
    expect(verdict).toMatchObject({ storedTwice: [], wrong: [], outOfOrder: [] })
    expect(recoveryMs).toBeLessThan(recoveredWithinMs)
  }, 120_000)
})

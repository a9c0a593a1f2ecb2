import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Mosquitto, mosquittoIsMissing, passwordLine } from '../engines/broker/external/mosquitto.fixture.ts'
import { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { startPlatform, type TestPlatform } from './harness/platform.ts'
import {
  basicOf,
  createOrganization,
  deadLettersOf,
  type DeviceAccess,
  readingsOf,
  registerDevice,
} from './harness/resources.ts'
import { until } from './harness/until.ts'

const run = promisify(execFile)
const projectDir = path.join(import.meta.dirname, '..')
const hookSecret = 'a-secret-between-the-broker-and-us'
const environment = {
  MQTT_USERNAME: 'fleetloom',
  MQTT_PASSWORD: 'a password for the platform',
  MQTT_HOOK_SECRET: hookSecret,
}
const credentialSchema = z.object({ credential: z.object({ password: z.string() }) })
const decisionSchema = z.object({ result: z.string(), is_superuser: z.boolean().optional() })
const NOT_AUTHORIZED = 0x87

describe.skipIf(mosquittoIsMissing)('access at a broker of one’s own (needs mosquitto)', () => {
  let mosquitto: Mosquitto
  let platform: TestPlatform
  let api: ApiClient
  let press: DeviceAccess
  let other: DeviceAccess
  const clients: MqttClient[] = []

  beforeAll(async () => {
    const account = { username: environment.MQTT_USERNAME, password: environment.MQTT_PASSWORD }
    mosquitto = await Mosquitto.start({
      access: {
        passwords: [passwordLine(account.username, account.password)],
        acl: `user ${account.username}\ntopic readwrite #\n`,
      },
    })
    platform = await startPlatform({ environment: { ...environment, MQTT_URL: mosquitto.url } })
    api = await createOrganization(platform.api, 'access')
    press = await registerDevice(api, 'press-1')
    other = await registerDevice(api, 'press-2')
    await writeFiles()
  })
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true)
    await platform.dispose()
    await mosquitto[Symbol.asyncDispose]()
  })

  /** As an operator does it, beside the running platform. */
  async function writeFiles(): Promise<string> {
    const { stdout } = await run(
      process.execPath,
      ['settings/cli.ts', 'broker-files', '--out', mosquitto.folder],
      { cwd: projectDir, env: { ...process.env, ...environment, DATA_DIR: platform.dataDir } },
    )
    mosquitto.reload()
    return stdout
  }

  /** A device that speaks MQTT 5, and so is told what it may not do. */
  async function speaking({ id, password }: DeviceAccess): Promise<MqttClient> {
    const client = await mqtt.connectAsync(mosquitto.url, {
      protocolVersion: 5,
      clientId: id,
      username: id,
      password,
      reconnectPeriod: 0,
    })
    clients.push(client)
    return client
  }
  const stored = (device: DeviceAccess): Promise<unknown> =>
    until(`a reading of ${device.id}`, async () => {
      const found = await readingsOf(api, device.id)
      return found.length > 0 ? found.map(({ rawValue }) => rawValue) : undefined
    })
  const payload = (value: number): string => `{"readings":[{"port":1,"value":${value}}]}`

  it('a device publishes on its own topics, and its readings are stored', async () => {
    const client = await connectDevice(mosquitto.port, press)
    await publishAndWait(client, press.topic, payload(1))
    await client.disconnect()
    expect(await stored(press)).toEqual([1])
  })

  it('the ACL file refuses the topics of others, and the password file whoever is not in it', async () => {
    for (const topic of [
      other.topic,
      `org/${press.orgId}/device/press-1/command`,
      'org/x/device/press-1/telemetry',
      'anything',
    ]) {
      // Mosquitto 2.0.11 says no, and then ends the connection.
      const client = await speaking(press)
      await expect(client.publishAsync(topic, payload(9), { qos: 1 })).rejects.toMatchObject({
        code: NOT_AUTHORIZED,
      })
    }
    const client = await speaking(press)
    await client.publishAsync(press.topic.replace('telemetry', 'lifecycle'), '{"status":"online"}', {
      qos: 1,
    })
    for (const options of [
      { username: 'press-1', password: other.password },
      { username: 'nobody', password: 'x' },
    ]) {
      const [stranger, { returnCode }] = await WireClient.connect(mosquitto.port, options)
      expect([options.username, returnCode]).toEqual([options.username, 5])
      await stranger.closed
    }
    expect(await readingsOf(api, other.id)).toEqual([])
  })

  it('a device receives its own commands, whatever it subscribes to', async () => {
    const client = await speaking(other)
    const received: string[] = []
    const first = new Promise<void>((resolve) => {
      client.on('message', (topic) => {
        received.push(topic)
        resolve()
      })
    })
    await client.subscribeAsync('#', { qos: 1 })
    const observer = await speaking({
      ...other,
      id: environment.MQTT_USERNAME,
      password: environment.MQTT_PASSWORD,
    })
    for (const id of [press.id, other.id])
      await observer.publishAsync(`org/${press.orgId}/device/${id}/command`, '{}', { qos: 1 })
    await first
    expect(received).toEqual([`org/${press.orgId}/device/press-2/command`])
  })

  it('a new password ends the connections of the old one', async () => {
    const client = await speaking(press)
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    const { credential } = await api.expect(credentialSchema, 'POST', '/api/v1/devices/press-1/credential')
    expect(await writeFiles()).toContain('for 2 devices')
    await closed
    await expect(speaking(press)).rejects.toMatchObject({ code: NOT_AUTHORIZED })
    press = { ...press, password: credential.password }
    expect((await speaking(press)).connected).toBe(true)
  })

  it('what a disabled device sends before the files are written again is kept as a dead letter', async () => {
    const client = await speaking(press)
    await api.expect(z.unknown(), 'PATCH', '/api/v1/devices/press-1', { body: { isEnabled: false } })
    await client.publishAsync(press.topic, payload(2), { qos: 1 })
    const letters = await until('the dead letter', async () => {
      const found = await deadLettersOf(api, '&deviceId=press-1')
      return found.length > 0 ? found : undefined
    })
    expect(letters).toMatchObject([{ reason: 'unknown-device', topic: press.topic }])
    expect(await readingsOf(api, press.id)).toHaveLength(1)
    await api.expect(z.unknown(), 'PATCH', '/api/v1/devices/press-1', { body: { isEnabled: true } })
  })

  it('a bridge of another make publishes for its registered children under its own client id, and for nobody else', async () => {
    for (const key of ['zigbee2mqtt', 'zigbee2mqtt-bridge'])
      await api.expect(z.unknown(), 'POST', `/api/v1/device-class-templates/${key}`, { body: {} })
    const bridge = await registerDevice(api, 'bridge-1', {
      classKey: 'zigbee2mqtt-bridge',
      address: 'bridge',
      children: { classKey: 'zigbee2mqtt', limit: 5 },
    })
    const lamp = await registerDevice(api, 'lamp-1', {
      classKey: 'zigbee2mqtt',
      address: 'Küche Lampe',
      gateway: 'bridge-1',
    })
    await registerDevice(api, 'lamp-2', { classKey: 'zigbee2mqtt', address: 'of nobody' })
    await writeFiles()
    const connect = async (): Promise<MqttClient> => {
      const client = await mqtt.connectAsync(mosquitto.url, {
        protocolVersion: 5,
        clientId: 'mqttjs_0a1b2c3d',
        username: bridge.id,
        password: bridge.password,
        reconnectPeriod: 0,
      })
      clients.push(client)
      return client
    }
    await (await connect()).publishAsync('zigbee2mqtt/Küche Lampe', '{"temperature":21.5}', { qos: 1 })
    expect(await stored(lamp)).toEqual([21.5])
    // Nor may it bring others along here: what it may publish stands in the file, word by word.
    for (const topic of ['zigbee2mqtt/of nobody', 'zigbee2mqtt/newcomer'])
      await expect((await connect()).publishAsync(topic, '{}', { qos: 1 })).rejects.toMatchObject({
        code: NOT_AUTHORIZED,
      })
  })

  describe('a broker that asks', () => {
    const ask = async (what: string, body: object, as = `Bearer ${hookSecret}`): Promise<unknown> => {
      const answer = await platform.api.call('POST', `/api/v1/broker/${what}`, { body, as })
      return answer.status === 200 ? decisionSchema.parse(answer.body) : answer.status
    }

    it('hears who may connect', async () => {
      const { id, password } = other
      expect(await ask('authenticate', { username: id, password, clientid: id })).toEqual({
        result: 'allow',
        is_superuser: false,
      })
      const { MQTT_PASSWORD, MQTT_USERNAME } = environment
      expect(
        await ask('authenticate', { username: MQTT_USERNAME, password: MQTT_PASSWORD, clientid: 'x' }),
      ).toEqual({
        result: 'allow',
        is_superuser: true,
      })
      for (const body of [
        { username: id, password: 'wrong', clientid: id },
        { username: id, password, clientid: press.id },
        { username: MQTT_USERNAME, password, clientid: id },
        {},
      ]) {
        expect(await ask('authenticate', body)).toEqual({ result: 'deny', is_superuser: false })
      }
    })

    it('hears what somebody may do', async () => {
      const allowed = { username: other.id, action: 'publish', topic: other.topic }
      expect(await ask('authorize', allowed)).toEqual({ result: 'allow' })
      for (const change of [
        { topic: press.topic },
        { action: 'subscribe' },
        { username: press.id },
        { topic: '#' },
      ])
        expect(await ask('authorize', { ...allowed, ...change })).toEqual({ result: 'deny' })
    })

    it('is answered only when it proves itself, and asks in the right words', async () => {
      const question = { username: other.id, password: other.password, clientid: other.id }
      const asDevice = basicOf(other)
      expect(await ask('authenticate', question, 'anonymous')).toBe(401)
      expect(await ask('authenticate', question, `Bearer ${hookSecret}x`)).toBe(401)
      expect(await ask('authenticate', question, asDevice)).toBe(403)
      expect(await ask('authenticate', { ...question, topic: 'x' })).toBe(400)
      expect(await ask('authorize', { username: other.id, action: 'own', topic: 'x' })).toBe(400)
      const elsewhere = await platform.api.call('GET', '/api/v1/devices', { as: `Bearer ${hookSecret}` })
      expect(elsewhere.status).toBe(403)
    })
  })
})

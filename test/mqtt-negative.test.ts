import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { connectDevice, publishAndWait, publishBytes } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { connectPacket } from './harness/mqtt-packets.ts'
import { seededRandom } from './harness/random.ts'
import {
  createOrganization,
  deadLettersOf,
  type DeviceAccess,
  readingsOf,
  registerDevice,
  telemetryTopic,
} from './harness/resources.ts'
import { untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const reading = '{"readings":[{"port":1,"value":1}]}'
const accepted = 0
const badClientId = 2
const badCredentials = 4
const notAuthorised = 5
const refusedSubscription = 128
const randomBytes = 100_000
const bytesEach = 100

describe('the broker of the running platform refuses', () => {
  const running = usePlatform()
  let api: ApiClient
  let intruder: DeviceAccess
  let victim: DeviceAccess
  let bystander: WireClient
  let refusalsBefore = 0

  const commandTopic = (device: DeviceAccess): string => device.topic.replace('telemetry', 'command')
  const refusals = (): Promise<number> => running().metric('fleetloom_broker_refusals_total')
  const open = (device = intruder): Promise<WireClient> => connectDevice(running().mqttPort, device)
  const tryToConnect = async (
    options: Parameters<typeof WireClient.connect>[1],
  ): Promise<number | undefined> => {
    const [client, connack] = await WireClient.connect(running().mqttPort, {
      username: intruder.id,
      password: intruder.password,
      clientId: intruder.id,
      ...options,
    })
    await (connack.returnCode === accepted ? client.disconnect() : client.closed)
    return connack.returnCode
  }

  beforeAll(async () => {
    api = await createOrganization(running().api, 'negative')
    intruder = await registerDevice(api, 'intruder')
    victim = await registerDevice(api, 'victim')
  })
  beforeEach(async () => {
    refusalsBefore = await refusals()
    bystander = await open(victim)
    await bystander.subscribe(commandTopic(victim))
  })
  // Whatever was tried: somebody else's connection still works, got nothing, and the attempt was counted and logged.
  afterEach(async () => {
    await publishAndWait(bystander, victim.topic, reading)
    const got = bystander.unread('publish')
    await bystander.disconnect()
    if (got.length > 0) throw new Error(`a bystander got ${JSON.stringify(got)}`)
    if ((await refusals()) <= refusalsBefore) throw new Error('the attempt was not counted')
    if (!running().log.includes('broker refused')) throw new Error('the attempt was not logged')
  })

  it.each([
    { what: "another device's telemetry", topic: () => victim.topic },
    { what: "another device's commands", topic: () => commandTopic(victim) },
    { what: 'its own commands', topic: () => commandTopic(intruder) },
    { what: 'another organization', topic: () => telemetryTopic('elsewhere', intruder.id) },
    { what: 'names of prototypes', topic: () => 'org/__proto__/device/constructor/telemetry' },
    // No device's at all, so nothing that could be mended and replayed.
    { what: 'what the broker says itself', topic: () => '$SYS/broker/uptime', isKept: false },
    { what: 'what the platform notes itself', topic: () => '$connection', isKept: false },
  ])('a publish on $what: the connection ends', async ({ topic, isKept = true }) => {
    const before = await readingsOf(api, victim.id)
    const client = await open()
    publishBytes(client, topic(), reading)
    await client.closed
    expect(client.unread('puback')).toEqual([])
    expect(await readingsOf(api, victim.id)).toEqual(before)
    const isThere = async (): Promise<boolean> =>
      (await deadLettersOf(api, '&reason=foreign-topic')).some((letter) => letter.topic === topic())
    if (isKept) await untilTrue('its dead letter is there', isThere)
    expect(await isThere()).toBe(isKept)
  })

  it('to subscribe to anything but its own commands', async () => {
    const client = await open()
    const filters = [
      '#',
      '+/+',
      '$SYS/#',
      '$share/x/#',
      'org/+/device/+/command',
      commandTopic(victim),
      intruder.topic,
    ]
    const { granted } = await client.subscribe(...filters)
    expect(granted).toEqual(filters.map(() => refusedSubscription))
    expect((await client.subscribe(commandTopic(intruder))).granted).toEqual([1])
    await client.disconnect()
  })

  it('a last will on a topic that is not its own', async () => {
    const will = { topic: victim.topic, payload: Buffer.from(reading), qos: 1 as const, retain: true }
    expect(await tryToConnect({ will })).toBe(notAuthorised)
    expect(await tryToConnect({ will: { ...will, topic: commandTopic(victim) } })).toBe(notAuthorised)
  })

  it('to plant a retained message', async () => {
    const client = await open()
    const topic = commandTopic(victim)
    client.send({ cmd: 'publish', topic, payload: '{}', qos: 1, dup: false, retain: true, messageId: 1 })
    await client.closed
    const later = await connectDevice(running().mqttPort, victim, { clientId: `${victim.id}/later` })
    await later.subscribe(topic)
    await later.ping()
    expect(later.unread('publish')).toEqual([])
    await later.disconnect()
  })

  it('a client id of somebody else', async () => {
    for (const clientId of [victim.id, `${intruder.id}x`, '__proto__', 'constructor'])
      expect(await tryToConnect({ clientId })).toBe(badClientId)
  })

  it('an empty client id with a session', async () => {
    const client = await WireClient.open(running().mqttPort)
    const { id: username, password } = intruder
    client.sendBytes(connectPacket({ clientId: '', username, password, clean: false, keepAliveSeconds: 0 }))
    expect((await client.next('connack')).returnCode).toBe(badClientId)
    await client.closed
    expect(await tryToConnect({ clientId: '', clean: true })).toBe(accepted)
  })

  it('a wrong password, an unknown device, and names of prototypes, all in the same way', async () => {
    expect(await tryToConnect({ password: victim.password })).toBe(badCredentials)
    for (const username of ['nobody', '__proto__', 'constructor', 'toString'])
      expect(await tryToConnect({ username, clientId: username })).toBe(badCredentials)
  })

  it('a password that was replaced, at once and on the open connection', async () => {
    const device = await registerDevice(api, 'rotated')
    const client = await open(device)
    const { credential } = await api.expect(
      z.object({ credential: z.object({ password: z.string() }) }),
      'POST',
      `/api/v1/devices/${device.id}/credential`,
    )
    await client.closed
    const as = { username: device.id, clientId: device.id }
    expect(await tryToConnect({ ...as, password: device.password })).toBe(badCredentials)
    expect(await tryToConnect({ ...as, password: credential.password })).toBe(accepted)
  })

  it('a device that was disabled, at once and on the open connection', async () => {
    const device = await registerDevice(api, 'disabled')
    const client = await open(device)
    await api.expect(z.unknown(), 'PATCH', `/api/v1/devices/${device.id}`, { body: { isEnabled: false } })
    await client.closed
    const { id, password } = device
    expect(await tryToConnect({ username: id, clientId: id, password })).toBe(notAuthorised)
  })

  it('a packet that claims 256 MB, before any of it came', async () => {
    const rss = await running().metric('process_resident_memory_bytes')
    const client = await open()
    client.sendBytes(Buffer.of(0x32, 0xff, 0xff, 0xff, 0x7f))
    await client.closed
    const stranger = await WireClient.open(running().mqttPort)
    stranger.sendBytes(Buffer.of(0x10, 0xff, 0xff, 0xff, 0x7f))
    await stranger.closed
    expect((await running().metric('process_resident_memory_bytes')) - rss).toBeLessThan(100e6)
  })

  it(`${randomBytes} random bytes, from strangers and after a good CONNECT`, async () => {
    const random = seededRandom('mqtt')
    for (let sent = 0; sent < randomBytes; sent += bytesEach) {
      const isKnown = (sent / bytesEach) % 10 === 0
      const client = isKnown ? await open() : await WireClient.open(running().mqttPort)
      client.sendBytes(random.bytes(bytesEach))
      client.stream.end()
      await client.closed
    }
    expect((await fetch(`${running().url}/readyz`)).status).toBe(200)
  })
})

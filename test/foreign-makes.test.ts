import mqtt from 'mqtt'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, deadLettersOf, readingsOf, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const anything = z.unknown()
const idsSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), address: z.string().optional() })),
})
const stateSchema = z.object({ online: z.boolean(), reported: z.record(z.string(), z.json()) })

describe('devices of other makes', () => {
  const running = usePlatform()
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'makes')
    for (const key of ['tasmota', 'zigbee2mqtt', 'zigbee2mqtt-bridge'])
      await api.expect(anything, 'POST', `/api/v1/device-class-templates/${key}`, { body: {} })
  })

  const connect = (
    username: string,
    password: string,
    clientId: string,
    options: mqtt.IClientOptions = {},
  ): Promise<mqtt.MqttClient> =>
    mqtt.connectAsync({
      host: '127.0.0.1',
      port: running().mqttPort,
      username,
      password,
      clientId,
      clean: true,
      reconnectPeriod: 0,
      ...options,
    })
  const readings = (id: string, count: number): ReturnType<typeof readingsOf> =>
    until(`${count} readings of ${id}`, async () => {
      const found = await readingsOf(api, id)
      return found.length >= count ? found : undefined
    })
  const byPort = (found: Awaited<ReturnType<typeof readingsOf>>): object =>
    Object.fromEntries(found.map(({ port, rawValue }) => [port, rawValue]))
  const state = (id: string): Promise<z.output<typeof stateSchema>> =>
    api.expect(stateSchema, 'GET', `/api/v1/devices/${id}/state`)

  it('a Tasmota plug is read with its own client id, local time and last will, and its other topics are let be', async () => {
    const { password } = await registerDevice(api, 'plug-1', {
      classKey: 'tasmota',
      address: 'tas1',
      zone: 'Europe/Rome',
    })
    const client = await connect('plug-1', password, 'DVES_1A2B3C')
    const local = new Date(Date.now() - 2000).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' })
    const sent = JSON.stringify({
      Time: local.replace(' ', 'T'),
      ENERGY: { Power: 12.3 },
      AM2301: { Temperature: null },
    })
    await client.publishAsync('tele/tas1/INFO1', '{"Info1":{"Module":"Generic"}}', { qos: 1 })
    await client.publishAsync('tele/tas1/LWT', 'Online', { qos: 1, retain: true })
    await client.publishAsync('tele/tas1/SENSOR', sent, { qos: 1 })
    await client.publishAsync('tele/tas1/STATE', '{"POWER":"ON"}', { qos: 1 })
    const found = await readings('plug-1', 2)
    expect(byPort(found)).toEqual({ 1: 12.3, 8: 1 })
    const power = found.find(({ port }) => port === 1)
    expect(Math.abs(Date.parse(power?.ts ?? '') - Date.now())).toBeLessThan(60_000)
    await until('online', async () => ((await state('plug-1')).online ? true : undefined))
    expect(await state('plug-1')).toMatchObject({ reported: { POWER: 'ON' } })
    await client.endAsync()
    expect(await deadLettersOf(api)).toEqual([])

    // Its last will is retained, as the maker has it, and says in its word that it is gone.
    const will = { topic: 'tele/tas1/LWT', payload: Buffer.from('Offline'), qos: 1, retain: true } as const
    const again = await connect('plug-1', password, 'DVES_1A2B3C', { will })
    await again.publishAsync('tele/tas1/LWT', 'Online', { qos: 1, retain: true })
    await until('online again', async () => ((await state('plug-1')).online ? true : undefined))
    again.stream.destroy()
    await until('offline', async () => ((await state('plug-1')).online ? undefined : true))
    expect(await deadLettersOf(api)).toEqual([])
  })

  it('a Zigbee bridge publishes for its children by one connection, and for nobody else', async () => {
    const { password } = await registerDevice(api, 'bridge-1', {
      classKey: 'zigbee2mqtt-bridge',
      address: 'bridge',
    })
    for (const [id, address] of [
      ['z1', 'z1'],
      ['z3', 'Küche Lampe'],
    ])
      await registerDevice(api, id ?? '', { classKey: 'zigbee2mqtt', address, gateway: 'bridge-1' })
    await registerDevice(api, 'z9', { classKey: 'zigbee2mqtt' })
    const client = await connect('bridge-1', password, 'mqttjs_1234')
    await client.publishAsync('zigbee2mqtt/z1', '{"temperature":21.5,"state":"ON"}', { qos: 1 })
    await client.publishAsync('zigbee2mqtt/Küche Lampe', '{"brightness":200}', { qos: 1 })
    await client.publishAsync('zigbee2mqtt/unknown lamp', '{"brightness":1}', { qos: 1 })
    await client.publishAsync('zigbee2mqtt/z1/availability', '{"state":"offline"}', { qos: 1, retain: true })
    expect(byPort(await readings('z1', 2))).toEqual({ 1: 21.5, 7: 1 })
    expect(await readings('z3', 1)).toMatchObject([{ port: 13, rawValue: 200 }])
    await until('offline', async () => ((await state('z1')).online ? undefined : true))
    const closed = new Promise<void>((resolve) => void client.once('close', resolve))
    client.publish('zigbee2mqtt/z9', '{"temperature":1}')
    await closed
    await until('a dead letter', async () => ((await deadLettersOf(api)).length > 0 ? true : undefined))
    expect(await deadLettersOf(api)).toMatchObject([
      { deviceId: 'bridge-1', topic: 'zigbee2mqtt/z9', reason: 'foreign-topic' },
    ])
    expect(await readingsOf(api, 'z9')).toEqual([])
    await client.endAsync(true)
  })

  it('a bridge brings its children along where it may, and they go and come with it', async () => {
    const { password } = await registerDevice(api, 'bridge-2', {
      classKey: 'zigbee2mqtt-bridge',
      address: 'bridge2',
      children: { classKey: 'zigbee2mqtt', limit: 1, tag: 'found' },
    })
    const client = await connect('bridge-2', password, 'mqttjs_5678')
    await client.publishAsync('zigbee2mqtt/Flur', '{"temperature":19}', { qos: 1 })
    await client.publishAsync('zigbee2mqtt/Keller', '{"temperature":9}', { qos: 1 })
    const { items } = await api.expect(idsSchema, 'GET', '/api/v1/devices?tag=found')
    expect(items).toMatchObject([{ address: 'Flur', gateway: 'bridge-2', classKey: 'zigbee2mqtt' }])
    const child = items[0]?.id ?? ''
    expect(byPort(await readings(child, 1))).toEqual({ 1: 19 })
    await until('online', async () => ((await state(child)).online ? true : undefined))

    const { items: unknown } = await api.expect(idsSchema, 'GET', '/api/v1/unknown-senders')
    const stranger = unknown.find(({ address }) => address === 'Keller')
    expect(stranger).toMatchObject({ gatewayId: 'bridge-2', classKeys: ['zigbee2mqtt'], messages: 1 })
    await api.expect(anything, 'POST', `/api/v1/unknown-senders/${stranger?.id}/adopt`, {
      body: { id: 'keller' },
    })
    await client.publishAsync('zigbee2mqtt/Keller', '{"temperature":8}', { qos: 1 })
    expect(byPort(await readings('keller', 1))).toEqual({ 1: 8 })

    await client.endAsync()
    await until('gone with its bridge', async () => ((await state(child)).online ? undefined : true))
    const again = await connect('bridge-2', password, 'mqttjs_5678')
    await until('back with its bridge', async () => ((await state(child)).online ? true : undefined))
    await again.endAsync()
  })
})

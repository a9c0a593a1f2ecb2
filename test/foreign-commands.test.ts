import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commandView, type CommandView } from '../nodes/commands/command.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, deadLettersOf, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const wrapped = z.object({ command: commandView })
const switchedSchema = z.object({ state: z.string().optional(), brightness: z.number().optional() })
const downlinkSchema = z.object({ id: z.uuid(), data: z.string(), confirmed: z.literal(true) })
const rpcSchema = z.object({
  id: z.string(),
  src: z.string(),
  params: z.object({ on: z.boolean() }),
})

/** Devices of other makes, each with the topics, filters and client id that it has by default. */
describe('devices of other makes that are told what to do', () => {
  const running = usePlatform()
  const clients: mqtt.MqttClient[] = []
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'commands-of-makes')
    for (const key of ['tasmota', 'zigbee2mqtt', 'zigbee2mqtt-bridge', 'esphome', 'shelly'])
      await api.expect(z.unknown(), 'POST', `/api/v1/device-class-templates/${key}`, { body: {} })
  })
  afterAll(() => Promise.all(clients.map((client) => client.endAsync(true))))

  /** Connects as the make does, and does what `answer` says for each message. */
  async function pretend(
    id: string,
    device: object,
    filters: readonly string[],
    answer: (client: mqtt.MqttClient, topic: string, payload: string) => void,
  ): Promise<{ readonly heard: string[] }> {
    const { password } = await registerDevice(api, id, { ...device })
    const client = await mqtt.connectAsync({
      host: '127.0.0.1',
      port: running().mqttPort,
      username: id,
      password,
      clientId: `its-own-${id}`,
      clean: true,
      reconnectPeriod: 0,
    })
    clients.push(client)
    const heard: string[] = []
    client.on('message', (topic, payload) => {
      heard.push(`${topic} ${payload.toString()}`)
      answer(client, topic, payload.toString())
    })
    await client.subscribeAsync([...filters])
    return { heard }
  }

  async function command(deviceId: string, body: object): Promise<CommandView> {
    const path = `/api/v1/devices/${deviceId}/commands`
    const answer = await api.call('POST', path, { body, headers: { Prefer: 'wait=5' } })
    return wrapped.parse(answer.body).command
  }

  it('a Tasmota plug is switched in its words, and its RESULT is the acknowledgment', async () => {
    let power = 'OFF'
    const { heard } = await pretend(
      'plug-1',
      { classKey: 'tasmota', address: 'tasmota_1A2B3C' },
      ['cmnd/tasmota_1A2B3C/#', 'cmnd/tasmotas/#', 'cmnd/DVES_1A2B3C_fb/#'],
      (client, topic, payload) => {
        if (topic === 'cmnd/tasmota_1A2B3C/POWER') {
          power = payload
          client.publish('stat/tasmota_1A2B3C/RESULT', JSON.stringify({ POWER: power }))
          client.publish('stat/tasmota_1A2B3C/POWER', power)
        } else client.publish('stat/tasmota_1A2B3C/RESULT', '{"Command":"Unknown"}')
      },
    )
    expect(await command('plug-1', { action: 'turnOn' })).toMatchObject({
      status: 'acknowledged',
      retryCount: 0,
      deviceResponse: { POWER: 'ON' },
    })
    expect(await command('plug-1', { action: 'switch', value: false })).toMatchObject({
      status: 'acknowledged',
    })
    expect(await command('plug-1', { action: 'setDimmer', value: 40 })).toMatchObject({
      status: 'failed',
      errorMessage: 'Unknown',
    })
    expect([power, heard]).toEqual([
      'OFF',
      ['cmnd/tasmota_1A2B3C/POWER ON', 'cmnd/tasmota_1A2B3C/POWER OFF', 'cmnd/tasmota_1A2B3C/Dimmer 40'],
    ])
  })

  it('a lamp behind Zigbee2MQTT is set by its bridge, and what it reports is the acknowledgment', async () => {
    await registerDevice(api, 'stranger', { classKey: 'zigbee2mqtt', address: 'stranger' })
    const { heard } = await pretend(
      'bridge-1',
      { classKey: 'zigbee2mqtt-bridge', address: 'bridge' },
      ['zigbee2mqtt/#'],
      (client, topic, payload) => {
        const { brightness, state } = switchedSchema.parse(JSON.parse(payload))
        // It says how it is before it has done anything.
        client.publish('zigbee2mqtt/Küche Lampe', '{"state":"OFF","brightness":0}')
        if (topic === 'zigbee2mqtt/Küche Lampe/set')
          client.publish('zigbee2mqtt/Küche Lampe', JSON.stringify({ state: state ?? 'ON', brightness }))
      },
    )
    await registerDevice(api, 'lamp-1', {
      classKey: 'zigbee2mqtt',
      address: 'Küche Lampe',
      gateway: 'bridge-1',
    })
    expect(await command('lamp-1', { action: 'turnOn' })).toMatchObject({
      status: 'acknowledged',
      deviceResponse: { state: 'ON' },
    })
    expect(await command('lamp-1', { action: 'setBrightness', value: 120 })).toMatchObject({
      status: 'acknowledged',
      deviceResponse: { brightness: 120 },
    })
    const lost = await command('stranger', { action: 'turnOn', ackTimeoutMs: 200, attempts: 2 })
    expect(lost).toMatchObject({ status: 'timeout', retryCount: 1 })
    expect(heard).toEqual([
      'zigbee2mqtt/Küche Lampe/set {"state":"ON"}',
      'zigbee2mqtt/Küche Lampe/set {"brightness":120}',
    ])
  })

  it('an ESPHome relay answers where its telemetry comes in', async () => {
    await pretend(
      'esp-1',
      { classKey: 'esphome', address: 'esp1' },
      ['esphome/esp1/switch/relay/command'],
      (client, _, payload) => void client.publish('esphome/esp1/switch/relay/state', payload),
    )
    expect(await command('esp-1', { action: 'turnOn' })).toMatchObject({
      status: 'acknowledged',
      deviceResponse: { value: 'ON' },
    })
  })

  it('a Shelly answers under the id that it was given, and says why not', async () => {
    await pretend(
      'shelly-1',
      { classKey: 'shelly', address: 'plug' },
      ['shelly/plug/rpc', 'shelly/plug/command'],
      (client, _, payload) => {
        const { id, params, src } = rpcSchema.parse(JSON.parse(payload))
        const outcome = params.on ? { result: { was_on: false } } : { error: { code: -1, message: 'locked' } }
        client.publish(`${src}/rpc`, JSON.stringify({ id: 'of-another', ...outcome }))
        client.publish(`${src}/rpc`, JSON.stringify({ id, src: 'shelly-1', dst: src, ...outcome }))
      },
    )
    expect(await command('shelly-1', { action: 'turnOn' })).toMatchObject({ status: 'acknowledged' })
    expect(await command('shelly-1', { action: 'switch', value: false })).toMatchObject({
      status: 'failed',
      errorMessage: '{"code":-1,"message":"locked"}',
    })
  })

  it('a valve behind ChirpStack acknowledges its downlink, or does not', async () => {
    const application = '17c82e96-be03-4f38-aef3-f83d48582d97'
    const adopted = { key: 'valves', levels: { application } }
    await api.expect(z.unknown(), 'POST', '/api/v1/device-class-templates/chirpstack', { body: adopted })
    await api.expect(z.unknown(), 'POST', '/api/v1/device-class-templates/chirpstack-server', { body: {} })
    const { heard } = await pretend(
      'lns-1',
      { classKey: 'chirpstack-server', address: 'server' },
      ['application/+/device/+/command/+'],
      (client, topic, payload) => {
        const { id, data } = downlinkSchema.parse(JSON.parse(payload))
        const event = (name: string, queueItemId: string, more: object): void =>
          void client.publish(
            topic.replace('command/down', `event/${name}`),
            JSON.stringify({ time: new Date().toISOString(), queueItemId, ...more }),
            { qos: 1 },
          )
        event('txack', id, { fCntDown: 1 })
        event('ack', 'of-another', { acknowledged: true })
        event('ack', id, { acknowledged: data === 'AQ==' })
      },
    )
    await registerDevice(api, 'valve-1', {
      classKey: 'valves',
      address: '0102030405060708',
      gateway: 'lns-1',
    })
    expect(await command('valve-1', { action: 'turnOn' })).toMatchObject({
      status: 'acknowledged',
      deviceResponse: { acknowledged: true },
    })
    expect(await command('valve-1', { action: 'turnOff' })).toMatchObject({
      status: 'failed',
      errorMessage: 'false',
    })
    expect(heard[0]).toContain(`application/${application}/device/0102030405060708/command/down {"id":"`)
  })

  it('and what they said besides is no dead letter', async () => {
    await until('everything is through', async () => {
      const { items } = await api.expect(
        z.object({ items: z.array(z.unknown()) }),
        'GET',
        '/api/v1/devices/esp-1/readings',
      )
      return items.length > 0 ? true : undefined
    })
    expect(await deadLettersOf(api)).toEqual([])
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import {
  basicOf,
  createOrganization,
  deadLettersOf,
  latestSchema,
  readingsOf,
  registerDevice,
} from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const anything = z.unknown()

describe('a kind of device that nobody has heard of', () => {
  const running = usePlatform()
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'onboarding')
  })

  /** Publishes over MQTT and gives what is stored once `count` readings are. */
  async function publish(
    id: string,
    password: string,
    topic: string,
    payloads: readonly string[],
    count: number,
  ): Promise<Awaited<ReturnType<typeof readingsOf>>> {
    const client = await connectDevice(running().mqttPort, { id, password, topic, orgId: '' })
    for (const payload of payloads) await publishAndWait(client, topic, payload)
    await client.disconnect()
    return until(`${count} readings of ${id}`, async () => {
      const found = await readingsOf(api, id)
      return found.length >= count ? found : undefined
    })
  }

  it('goes from nothing to a stored reading by two API calls', async () => {
    await api.expect(anything, 'POST', '/api/v1/device-classes', {
      body: {
        key: 'weather-mast',
        name: 'Weather mast',
        topics: { telemetry: 'masts/{device}/up' },
        decode: {
          shape: 'fields',
          tsPath: 'meta.at',
          fields: [
            { path: 'wind.speed.avg', port: 1 },
            { path: 'rain', port: 2 },
          ],
        },
        ports: [
          { port: 1, name: 'wind', unit: 'm/s', max: 60, scaling: 0.5 },
          { port: 2, name: 'rain' },
        ],
      },
    })
    const { password } = await registerDevice(api, 'mast-1', { classKey: 'weather-mast' })
    const at = new Date(Date.now() - 1000).toISOString()
    const payload = JSON.stringify({ meta: { at }, wind: { speed: { avg: 25 } }, rain: true })
    expect(await publish('mast-1', password, 'masts/mast-1/up', [payload], 2)).toMatchObject([
      { ts: at, port: 1, rawValue: 25, calibratedValue: 12.5, quality: 'good' },
      { ts: at, port: 2, rawValue: 1, calibratedValue: 1, quality: 'good' },
    ])
  })

  it('may need a JSONata expression', async () => {
    await api.expect(anything, 'POST', '/api/v1/device-classes', {
      body: {
        key: 'tilted',
        name: 'Tilted',
        topics: { telemetry: 'tilted/{device}' },
        decode: {
          shape: 'jsonata',
          expression: '{ "ts": t, "readings": v.{ "port": n, "value": $number(x) * 10 } }',
        },
        ports: [
          { port: 4, name: 'four' },
          { port: 5, name: 'five' },
        ],
      },
    })
    const { password } = await registerDevice(api, 'tilted-1', { classKey: 'tilted' })
    const t = new Date(Date.now() - 5000).toISOString()
    const payload = JSON.stringify({
      t,
      v: [
        { n: 4, x: '1.5' },
        { n: 5, x: '2' },
      ],
    })
    expect(await publish('tilted-1', password, 'tilted/tilted-1', [payload], 2)).toMatchObject([
      { ts: t, port: 4, rawValue: 15 },
      { ts: t, port: 5, rawValue: 20 },
    ])
  })

  it('does not stop the others when its expression never ends', async () => {
    await api.expect(anything, 'POST', '/api/v1/device-classes', {
      body: {
        key: 'endless',
        name: 'Endless',
        topics: { telemetry: 'endless/{device}' },
        decode: { shape: 'jsonata', expression: '($f := function($x){ $f($x + 1) }; $f(1))' },
        ports: [{ port: 1, name: 'one' }],
      },
    })
    const endless = await registerDevice(api, 'endless-1', { classKey: 'endless' })
    const client = await connectDevice(running().mqttPort, endless)
    await publishAndWait(client, 'endless/endless-1', '{}')
    await client.disconnect()
    const other = await registerDevice(api, 'beside-1')
    const payloads = ['{"readings":[{"port":1,"value":3}]}']
    expect(await publish(other.id, other.password, other.topic, payloads, 1)).toMatchObject([{ rawValue: 3 }])
    const letters = await until('the dead letter', async () => {
      const found = await deadLettersOf(api, '&deviceId=endless-1')
      return found.length > 0 ? found : undefined
    })
    expect(letters).toMatchObject([{ reason: 'expression-limit' }])
  })

  it('is calibrated anew from the next reading on; the old ones keep theirs', async () => {
    const device = await registerDevice(api, 'calibrated-1')
    await publish(device.id, device.password, device.topic, ['{"readings":[{"port":1,"value":10}]}'], 1)
    await api.expect(anything, 'PATCH', `/api/v1/devices/${device.id}/ports/1`, {
      body: { scaling: 3, offset: 1 },
    })
    const next = ['{"readings":[{"port":1,"value":10}]}']
    expect(await publish(device.id, device.password, device.topic, next, 2)).toMatchObject([
      { rawValue: 10, calibratedValue: 10 },
      { rawValue: 10, calibratedValue: 31 },
    ])
  })

  it('has a reading once, however often it is delivered, and the first value stays', async () => {
    const device = await registerDevice(api, 'repeating-1')
    const ts = new Date().toISOString()
    const payload = (value: number): string => `{"ts":"${ts}","readings":[{"port":1,"value":${value}}]}`
    const last = `{"readings":[{"port":2,"value":0}]}`
    const payloads = [payload(1), payload(1), payload(2), last]
    const stored = await publish(device.id, device.password, device.topic, payloads, 2)
    expect(stored.map(({ port, rawValue }) => ({ port, rawValue }))).toEqual([
      { port: 1, rawValue: 1 },
      { port: 2, rawValue: 0 },
    ])
  })

  it('keeps its latest value when an older one comes late', async () => {
    const device = await registerDevice(api, 'late-1')
    const early = new Date(Date.now() - 3_600_000).toISOString()
    const payloads = [
      '{"readings":[{"port":1,"value":2}]}',
      `{"ts":"${early}","readings":[{"port":1,"value":1}]}`,
    ]
    const stored = await publish(device.id, device.password, device.topic, payloads, 2)
    expect(stored).toMatchObject([
      { ts: early, rawValue: 1, quality: 'late' },
      { rawValue: 2, quality: 'good' },
    ])
    const { items } = await api.get(latestSchema, `/api/v1/devices/${device.id}/latest`)
    expect(items).toMatchObject([{ port: 1, rawValue: 2 }])
  })

  it('may send by HTTPS with its own credential, and for nobody else', async () => {
    const device = await registerDevice(api, 'http-1', { ports: [{ port: 1, scaling: 2 }] })
    const other = await registerDevice(api, 'http-2')
    const send = async (id: string, password: string): Promise<number> => {
      const as = basicOf({ id: device.id, password })
      const bytes = '{"readings":[{"port":1,"value":5}]}'
      return (await running().api.call('POST', `/api/v1/ingest/${id}`, { as, bytes })).status
    }
    expect(await send(device.id, device.password)).toBe(202)
    expect(await send(device.id, 'wrong')).toBe(401)
    expect(await send(device.id, other.password)).toBe(401)
    expect(await send(other.id, device.password)).toBe(404)
    expect(await send('nobody', device.password)).toBe(404)
    const stored = await until('the reading', async () => {
      const found = await readingsOf(api, device.id)
      return found.length > 0 ? found : undefined
    })
    expect(stored).toMatchObject([{ rawValue: 5, calibratedValue: 10 }])
    expect(await readingsOf(api, other.id)).toEqual([])
  })
})

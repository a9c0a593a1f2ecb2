import mqtt from 'mqtt'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  basicOf,
  createOrganization,
  deadLettersOf,
  readingsOf,
  registerDevice,
} from './harness/resources.ts'
import type { ApiClient } from './harness/api-client.ts'
import { untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const anything = z.unknown()
const bucketsSchema = z.object({
  items: z.array(z.object({ ts: z.string(), count: z.int(), max: z.number() })),
})
const statisticsSchema = z.object({ count: z.int(), min: z.number(), max: z.number(), avg: z.number() })
const hourMs = 3_600_000

describe('what is asked of what devices have said', () => {
  const running = usePlatform()
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'questions')
  })

  const createClass = (key: string, body: object): Promise<unknown> =>
    api.expect(anything, 'POST', '/api/v1/device-classes', { body: { key, name: key, ...body } })

  const stored = (deviceId: string, count: number): Promise<void> =>
    untilTrue(`readings of ${deviceId}`, async () => (await readingsOf(api, deviceId)).length === count)

  it('days are those of the zone, of 23 hours and of 25', async () => {
    await registerDevice(api, 'zoned', { ports: [{ port: 1 }] })
    // Of the clock change of spring and that of autumn, two days around each.
    for (const [from, hours] of [
      ['2024-03-29T23:00:00.000Z', [24, 23, 24]],
      ['2024-10-25T22:00:00.000Z', [24, 25, 24]],
    ] as const) {
      const startMs = Date.parse(from)
      const lines = Array.from(
        { length: hours.reduce<number>((sum, count) => sum + count, 0) },
        (_, hour) => `${new Date(startMs + hour * hourMs).toISOString()},1,${hour}`,
      )
      const bytes = ['ts,port,value', ...lines].join('\n')
      await api.expect(anything, 'POST', '/api/v1/devices/zoned/history', { bytes })
      const query = new URLSearchParams({
        port: '1',
        bucket: '1d',
        timeZone: 'Europe/Rome',
        from,
        to: new Date(startMs + lines.length * hourMs).toISOString(),
        order: 'ascending',
      })
      const { items } = await api.get(bucketsSchema, `/api/v1/devices/zoned/readings?${query.toString()}`)
      expect(items.map(({ count }) => count)).toEqual(hours)
      expect(items[0]?.ts).toBe(from)
    }
  })

  it('what is out of range counts only where it is asked for', async () => {
    const device = await registerDevice(api, 'sensor', { ports: [{ port: 1, min: -40, max: 60 }] })
    const atMs = Math.floor(Date.now() / hourMs) * hourMs - 2 * hourMs
    const values = [20, 85, 22, -127]
    const readings = values.map((value, minute) => ({
      port: 1,
      value,
      ts: new Date(atMs + minute * 60_000).toISOString(),
    }))
    await api.expect(anything, 'POST', '/api/v1/ingest/sensor', {
      body: { readings },
      as: basicOf(device),
    })
    const period = `port=1&from=${new Date(atMs).toISOString()}&to=${new Date(atMs + hourMs).toISOString()}`
    const path = '/api/v1/devices/sensor'
    await stored('sensor', 4)
    const good = 'quality=good,late'
    expect(await readingsOf(api, 'sensor', `&${good}`)).toHaveLength(2)
    expect(await api.get(statisticsSchema, `${path}/statistics?${period}&${good}`)).toEqual({
      count: 2,
      min: 20,
      max: 22,
      avg: 21,
    })
    expect(await api.get(statisticsSchema, `${path}/statistics?${period}`)).toMatchObject({
      count: 4,
      min: -127,
      max: 85,
    })
    for (const bucket of ['1m', '1h', '1d']) {
      const { items } = await api.get(bucketsSchema, `${path}/readings?${period}&bucket=${bucket}&${good}`)
      expect(Math.max(...items.map(({ max }) => max))).toBe(22)
      expect(items.reduce((sum, { count }) => sum + count, 0)).toBe(2)
    }
  })

  it('a spreadsheet is told by a mark that a file is UTF-8', async () => {
    const device = await registerDevice(api, 'celsius', { ports: [{ port: 1, name: 'Wärme', unit: '°C' }] })
    await api.expect(anything, 'POST', '/api/v1/ingest/celsius', {
      body: { readings: [{ port: 1, value: 21.5 }] },
      as: basicOf(device),
    })
    await stored('celsius', 1)
    const exported = async (query: string): Promise<Buffer> => {
      const { url } = running()
      const response = await fetch(`${url}/api/v1/devices/celsius/readings/export?format=csv${query}`, {
        headers: {
          authorization: `Bearer ${await api.token()}`,
          'x-organization': api.organization ?? '',
        },
      })
      return Buffer.from(await response.arrayBuffer())
    }
    const mark = Buffer.from([0xef, 0xbb, 0xbf])
    const plain = await exported('')
    expect(plain.toString()).toContain('°C')
    expect(plain.subarray(0, 3)).not.toEqual(mark)
    expect(await exported('&bom=true')).toEqual(Buffer.concat([mark, plain]))
  })

  it('what a clock that was not set has brought into the dead letters is replayed, once the class says how', async () => {
    const decode = { shape: 'fields', fields: [{ path: 'v', port: 1 }] }
    const body = (time: object): object => ({
      telemetry: [{ topic: 'clock/{device}', decode: { ...decode, time } }],
      ports: [{ port: 1, name: 'v' }],
    })
    await createClass('clock', body({ path: 'ts', format: 'auto' }))
    const device = await registerDevice(api, 'unset', { classKey: 'clock' })
    await api.expect(anything, 'POST', '/api/v1/ingest/unset', {
      body: { ts: '1970-01-01T00:00:07Z', v: 5 },
      as: basicOf(device),
    })
    const letters = () => deadLettersOf(api, '&reason=ts-too-old')
    await untilTrue('a dead letter', async () => (await letters()).length === 1)
    const [letter] = await letters()
    const mended = body({ path: 'ts', format: 'auto', clockNotSet: 'receipt' })
    await api.expect(anything, 'PUT', '/api/v1/device-classes/clock', {
      body: { name: 'clock', ...mended },
    })
    await api.expect(anything, 'POST', `/api/v1/dead-letters/${letter?.id}/replay`)
    await stored('unset', 1)
    expect(await readingsOf(api, 'unset')).toMatchObject([
      { port: 1, rawValue: 5, quality: 'suspect', ts: letter?.receivedAt },
    ])
  })

  it('a device that takes fifteen characters has a password of fifteen', async () => {
    await createClass('small', {
      telemetry: [{ topic: 'small/{device}', decode: { shape: 'readings' } }],
      ports: [{ port: 1, name: 'v' }],
      password: { length: 15, alphabet: 'alphanumeric' },
    })
    const { id, password } = await registerDevice(api, 'small-1', { classKey: 'small' })
    expect(password).toMatch(/^[A-Za-z0-9]{15}$/)
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${running().mqttPort}`, {
      username: id,
      password,
      clientId: id,
    })
    await client.publishAsync('small/small-1', '{"readings":[{"port":1,"value":3}]}', { qos: 1 })
    await client.endAsync()
    await stored('small-1', 1)
  })
})

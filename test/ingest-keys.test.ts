import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { createOrganization, deadLettersOf, readingsOf, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const anything = z.unknown()
const created = z.object({ key: z.object({ id: z.string(), name: z.string() }), secret: z.string() })
const eui = '0102030405060708'
const uplink = (devEui: string, temperature: number): string =>
  JSON.stringify({
    deviceInfo: { devEui },
    time: new Date().toISOString(),
    object: { temperature },
  })

describe('an ingest key', () => {
  const running = usePlatform()
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'lora')
    await api.expect(anything, 'POST', '/api/v1/device-class-templates/chirpstack', { body: {} })
    await registerDevice(api, 'hall', { classKey: 'chirpstack', address: eui })
  })

  const bring = (secret: string, bytes: string, query = ''): Promise<Answer> =>
    running().api.call('POST', `/api/v1/ingest${query}`, { as: `Bearer ${secret}`, bytes })
  const keyFor = (body: object): Promise<z.output<typeof created>> =>
    api.expect(created, 'POST', '/api/v1/ingest-keys', { body })

  it('brings the messages of all devices of its class, as a network server sends them, until it is revoked', async () => {
    const { key, secret } = await keyFor({ name: 'ChirpStack', classKey: 'chirpstack' })
    expect(await bring(secret, uplink(eui, 21.5), '?event=up')).toMatchObject({
      status: 202,
      body: { accepted: true },
    })
    const [reading] = await until('the reading', async () => {
      const found = await readingsOf(api, 'hall')
      return found.length > 0 ? found : undefined
    })
    expect(reading).toMatchObject({ port: 1, rawValue: 21.5, quality: 'good' })

    expect((await bring(secret, uplink(eui, 1), '?event=join')).status).toBe(202)
    expect(await bring(secret, '{"deviceInfo":{}}')).toMatchObject({ status: 400 })
    expect(await bring(secret, uplink('ffffffffffffffff', 1))).toMatchObject({ status: 404 })
    const unknown = await api.expect(
      z.object({ items: z.array(z.object({ address: z.string(), classKeys: z.array(z.string()) })) }),
      'GET',
      '/api/v1/unknown-senders',
    )
    expect(unknown.items).toEqual([{ address: 'ffffffffffffffff', classKeys: ['chirpstack'] }])

    const listed = JSON.stringify(await api.expect(anything, 'GET', '/api/v1/ingest-keys'))
    expect(listed).toContain(key.id)
    expect(listed).not.toMatch(/digest|flik_/)
    expect(await api.call('DELETE', `/api/v1/ingest-keys/${key.id}`)).toMatchObject({ status: 204 })
    expect(await bring(secret, uplink(eui, 22))).toMatchObject({ status: 401 })
    expect(await readingsOf(api, 'hall')).toHaveLength(1)
    expect(await deadLettersOf(api)).toEqual([])
  })

  it('is for whatever sends webhooks, such as The Things Stack', async () => {
    const decode = {
      shape: 'fields',
      time: { path: 'received_at', format: 'iso' },
      fields: [{ path: 'uplink_message.decoded_payload.soil', port: 1 }],
    }
    await api.expect(anything, 'POST', '/api/v1/device-classes', {
      body: {
        key: 'tts',
        name: 'The Things Stack',
        telemetry: [{ topic: 'v3/{application}/devices/{device}/up', decode }],
        ingest: { device: 'end_device_ids.device_id' },
        ports: [{ port: 1, name: 'soil', unit: '%' }],
      },
    })
    await registerDevice(api, 'bed', { classKey: 'tts', address: 'soil-7' })
    const { secret } = await keyFor({ name: 'TTS', classKey: 'tts' })
    const webhook = (device_id: string): string =>
      JSON.stringify({
        end_device_ids: { device_id, application_ids: { application_id: 'garden' } },
        received_at: new Date().toISOString().replace('Z', '123456Z'),
        uplink_message: { f_port: 2, frm_payload: 'Kg==', decoded_payload: { soil: 42 } },
      })
    expect((await bring(secret, webhook('soil-7'))).status).toBe(202)
    expect((await bring(secret, webhook('soil-8'))).status).toBe(404)
    const [reading] = await until('the reading', async () => {
      const found = await readingsOf(api, 'bed')
      return found.length > 0 ? found : undefined
    })
    expect(reading).toMatchObject({ port: 1, rawValue: 42, quality: 'good' })
  })

  it('opens nothing else, and nothing of others', async () => {
    const { secret } = await keyFor({ name: 'only to bring', classKey: 'chirpstack' })
    const other = await createOrganization(running().api, 'other')
    await other.expect(anything, 'POST', '/api/v1/device-class-templates/chirpstack', {
      body: { key: 'nodes' },
    })
    const theirs = '1112131415161718'
    await other.call('POST', '/api/v1/devices', {
      body: { id: 'theirs', classKey: 'nodes', name: 'theirs', address: theirs },
    })
    expect((await bring(secret, uplink(theirs, 1))).status).toBe(404)
    for (const path of ['/api/v1/devices', '/api/v1/ingest-keys'])
      expect((await running().api.call('GET', path, { as: `Bearer ${secret}` })).status).toBe(401)
    for (const wrong of ['', 'flik_', 'flik_x', `${secret}x`])
      expect((await bring(wrong, uplink(eui, 1))).status).toBe(401)
  })

  it('is for a class that says where a device is named, or for a gateway, and not for both', async () => {
    for (const [body, path] of [
      [{ name: 'x' }, 'body.classKey'],
      [{ name: 'x', classKey: 'chirpstack', gatewayId: 'hall' }, 'body.classKey'],
      [{ name: 'x', classKey: 'port-monitor' }, 'body.classKey'],
      [{ name: 'x', classKey: 'nothing' }, 'body.classKey'],
      [{ name: 'x', gatewayId: 'nobody' }, 'body.gatewayId'],
    ] as const)
      expect(await api.call('POST', '/api/v1/ingest-keys', { body })).toMatchObject({
        status: 422,
        body: { errors: [{ path }] },
      })
    await keyFor({ name: 'once', classKey: 'chirpstack' })
    expect(
      await api.call('POST', '/api/v1/ingest-keys', { body: { name: 'once', classKey: 'chirpstack' } }),
    ).toMatchObject({ status: 409 })
  })
})

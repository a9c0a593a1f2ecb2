import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const commandSchema = z.object({ commandId: z.string(), action: z.string(), value: z.number().optional() })
const created = z.object({ schedule: z.object({ scheduleId: z.string() }) })
const deviceId = 'purifier-1'

describe('an app of before', () => {
  const running = usePlatform()
  let api: ApiClient
  let client: WireClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'acme')
    const device = await registerDevice(api, deviceId, { classKey: 'air-purifier', zone: 'Europe/Rome' })
    client = await connectDevice(running().mqttPort, device)
    await client.subscribe([`device/${deviceId}/command`, 1])
    const reading = { temperature: 21, pm25: 12, fanSpeed: 2, powerOn: true }
    await publishAndWait(client, `device/${deviceId}/data`, JSON.stringify(reading))
  })

  const obey = async (): Promise<string> => {
    const { messageId, payload } = await client.message()
    client.send({ cmd: 'puback', messageId: messageId ?? 0 })
    const { action, commandId, value } = commandSchema.parse(JSON.parse(String(payload)))
    await publishAndWait(client, `device/${deviceId}/ack`, JSON.stringify({ commandId, status: 'ok' }))
    return value === undefined ? action : `${action} ${value}`
  }
  const get = async (path: string): Promise<unknown> => (await api.call('GET', path)).body
  const post = (path: string, body: object) => api.call('POST', path, { body })

  it('makes, reads, changes and removes a schedule', async () => {
    const day = new Date(Date.now() + 3 * 24 * 3_600_000).toLocaleDateString('en-GB', { weekday: 'long' })
    const body = { deviceId, day: day.toLowerCase(), startTime: '08:00', endTime: '10:00', fanSpeed: 3 }
    const answer = await post('/api/schedule', body)
    expect(answer.status).toBe(201)
    const { scheduleId } = created.parse(answer.body).schedule
    const seen = { deviceId, day, startTime: '08:00', endTime: '10:00', fanSpeed: 3, isActive: true }
    expect(answer.body).toMatchObject({ schedule: { ...seen, timeZone: 'Europe/Rome' } })
    expect(await get(`/api/schedule/${deviceId}`)).toMatchObject({ items: [{ scheduleId, ...seen }] })
    expect(await get(`/api/schedule/detail/${scheduleId}`)).toMatchObject({ schedule: seen })
    expect(await get(`/api/v1/schedules/${scheduleId}`)).toMatchObject({ schedule: { startTime: '08:00' } })
    const changed = await api.call('PUT', `/api/schedule/${scheduleId}`, {
      body: { isActive: false, fanSpeed: 5 },
    })
    expect(changed.body).toMatchObject({ schedule: { ...seen, isActive: false, fanSpeed: 5 } })
    expect((await api.call('DELETE', `/api/schedule/${scheduleId}`)).status).toBe(204)
    expect((await api.call('GET', `/api/schedule/detail/${scheduleId}`)).status).toBe(404)
  })

  it('pre-cleans 2 → 5 → 2', async () => {
    await expect.poll(() => get(`/api/device/${deviceId}/state`)).toMatchObject({ reported: { fanSpeed: 2 } })
    const answer = await post('/api/preclean', { deviceId, fanMode: 5, duration: 0.03 })
    expect(answer).toMatchObject({ status: 200, body: { deviceId, fanMode: 5, duration: 0.03 } })
    expect(z.object({ willEndAt: z.iso.datetime() }).parse(answer.body)).toBeDefined()
    expect(await obey()).toBe('setFanSpeed 5')
    expect(await obey()).toBe('setFanSpeed 2')
    const status = { isActive: false, willEndAt: null, remainingMs: 0 }
    expect(await get(`/api/preclean/status/${deviceId}`)).toMatchObject(status)
  })

  it('cancels a pre-clean', async () => {
    await post('/api/preclean', { deviceId, fanMode: 4, duration: 15 })
    expect(await obey()).toBe('setFanSpeed 4')
    expect(await get(`/api/preclean/status/${deviceId}`)).toMatchObject({
      isActive: true,
      fanMode: 4,
      restores: { fanSpeed: 2 },
    })
    expect(await post('/api/preclean/cancel', { deviceId })).toMatchObject({
      status: 200,
      body: { isActive: false, status: 'cancelled' },
    })
    expect(await obey()).toBe('setFanSpeed 2')
    expect((await post('/api/preclean/cancel', { deviceId })).status).toBe(404)
  })

  it('sees devices, what they measured and what they were told', async () => {
    expect(await get('/api/device/list/all')).toMatchObject({ items: [{ id: deviceId, online: true }] })
    const named = { items: expect.arrayContaining([expect.objectContaining({ name: 'pm25' })]) }
    expect(await get(`/api/device/${deviceId}/latest`)).toMatchObject(named)
    expect(await get(`/api/device/${deviceId}/statistics`)).toMatchObject(named)
    const ofPort = { items: [{ port: 5, calibratedValue: 12 }] }
    expect(await get(`/api/device/${deviceId}/data?port=5`)).toMatchObject(ofPort)
    const { items } = z
      .object({ items: z.array(z.object({ source: z.string() })) })
      .parse(await get(`/api/device/${deviceId}/commands`))
    expect(items.map(({ source }) => source)).toEqual(['override', 'override', 'override', 'override'])
    expect(await get('/health')).toEqual({ status: 'ok' })
  })

  it.each([
    ['/api/schedule', { deviceId, day: 'Someday', startTime: '08:00', endTime: '10:00' }, 400],
    ['/api/schedule', { deviceId: 'nobody', day: 'monday', startTime: '08:00', endTime: '10:00' }, 422],
    ['/api/preclean', { deviceId, fanMode: 6, duration: 1 }, 422],
    ['/api/preclean', { deviceId, fanMode: 5, duration: 0 }, 400],
    ['/api/preclean', { deviceId: 'nobody', fanMode: 5, duration: 1 }, 404],
    ['/api/preclean/cancel', { deviceId, surprise: 1 }, 400],
  ])('%s with %j is refused with %i', async (path, body, status) => {
    expect(await post(path, body)).toMatchObject({ status })
  })

  it('is nobody without proof of who it is', async () => {
    const answer = await fetch(`http://127.0.0.1:${running().port}/api/preclean/status/${deviceId}`)
    expect(answer.status).toBe(401)
  })
})

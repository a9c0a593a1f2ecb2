import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { weekdays } from '../nodes/schedules/window.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const wrapped = z.object({ schedule: z.object({ id: z.string(), isOpen: z.boolean() }) })
const commandSchema = z.object({ commandId: z.string(), action: z.string(), value: z.number().optional() })
const firingsSchema = z.object({
  items: z.array(z.object({ edge: z.string(), outcome: z.string(), commandId: z.string().optional() })),
})

describe('a purifier with a schedule', () => {
  const running = usePlatform()
  let api: ApiClient
  let client: WireClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'acme')
    const device = await registerDevice(api, 'purifier-1', { classKey: 'air-purifier' })
    client = await connectDevice(running().mqttPort, device)
    await client.subscribe(['device/purifier-1/command', 1])
  })

  /** Acts as the device does, and says what it was told. */
  const obey = async (): Promise<string> => {
    const { messageId, payload } = await client.message()
    client.send({ cmd: 'puback', messageId: messageId ?? 0 })
    const { action, commandId, value } = commandSchema.parse(JSON.parse(String(payload)))
    await publishAndWait(client, 'device/purifier-1/ack', JSON.stringify({ commandId, status: 'ok' }))
    return value === undefined ? action : `${action} ${value}`
  }
  const body = (changes: object = {}): object => ({
    deviceId: 'purifier-1',
    days: [...weekdays],
    startTime: '00:00',
    endTime: '00:00',
    timeZone: 'Europe/Rome',
    fanSpeed: 4,
    ...changes,
  })
  const firings = async (id: string): Promise<z.output<typeof firingsSchema>['items']> =>
    (await api.expect(firingsSchema, 'GET', `/api/v1/schedules/${id}/firings`)).items

  it('is turned on and set when a window that covers now is made, and off when it goes away', async () => {
    const created = await api.call('POST', '/api/v1/schedules', { body: body() })
    expect(created.status).toBe(201)
    const { id } = wrapped.parse(created.body).schedule
    expect([await obey(), await obey()]).toEqual(['turnOn', 'setFanSpeed 4'])
    await expect.poll(() => firings(id)).toMatchObject([{ edge: 'start', outcome: 'acknowledged' }])
    const next = await api.call('GET', `/api/v1/schedules/${id}/next?count=3`)
    expect(next.body).toMatchObject({ items: [{ edge: 'end' }, { edge: 'start' }, { edge: 'end' }] })

    const again = await api.call('POST', '/api/v1/schedules', { body: body({ startTime: '12:00' }) })
    expect(again.status).toBe(409)
    expect(again.text).toContain(id)

    expect(
      (await api.call('PUT', `/api/v1/schedules/${id}`, { body: body({ isActive: false }) })).status,
    ).toBe(200)
    expect(await obey()).toBe('turnOff')
    await expect.poll(() => firings(id)).toMatchObject([{ edge: 'end' }, { edge: 'start' }])
    expect((await api.call('DELETE', `/api/v1/schedules/${id}`)).status).toBe(204)
    expect((await api.call('GET', `/api/v1/schedules/${id}`)).status).toBe(404)
  })

  it('has its edge at the minute, in the zone of its window', async () => {
    const soon = new Date(Date.now() + 1000)
    // The next full minute may be up to a minute away: the window ends then, and began before.
    const end = new Date(Math.ceil(soon.getTime() / 60_000) * 60_000)
    const clock = (date: Date): string =>
      date.toLocaleTimeString('en-GB', { timeZone: 'Asia/Kolkata', hour: '2-digit', minute: '2-digit' })
    const created = await api.call('POST', '/api/v1/schedules', {
      body: body({
        timeZone: 'Asia/Kolkata',
        startTime: clock(new Date(end.getTime() - 3_600_000)),
        endTime: clock(end),
        start: { action: 'setFanSpeed', value: 1 },
        end: { action: 'setFanSpeed', value: 0 },
        fanSpeed: undefined,
      }),
    })
    expect(created.status).toBe(201)
    expect(await obey()).toBe('setFanSpeed 1')
    await pause(Math.max(0, end.getTime() - Date.now()))
    expect(await obey()).toBe('setFanSpeed 0')
    expect(Date.now() - end.getTime()).toBeLessThan(5000)
  }, 90_000)

  it.each([
    [{ days: [] }, 400, 'body.days'],
    [{ startTime: '25:00' }, 400, 'body.startTime'],
    [{ timeZone: 'Mars/Olympus' }, 400, 'body.timeZone'],
    [{ deviceId: 'nobody' }, 422, 'body.deviceId'],
    [{ start: { action: 'explode' } }, 422, 'body.start[0].action'],
    [{ fanSpeed: 6 }, 400, 'body.fanSpeed'],
  ])('%j is refused with %i, naming %s', async (changes, status, path) => {
    const answer = await api.call('POST', '/api/v1/schedules', { body: body(changes) })
    expect(answer).toMatchObject({ status, body: { errors: [{ path }] } })
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { weekdays } from '../nodes/schedules/window.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const commandSchema = z.object({ commandId: z.string(), action: z.string(), value: z.number().optional() })

describe('a purifier that is overridden', () => {
  const running = usePlatform()
  let api: ApiClient
  let client: WireClient
  const path = '/api/v1/devices/purifier-1'

  beforeAll(async () => {
    api = await createOrganization(running().api, 'acme')
    const device = await registerDevice(api, 'purifier-1', { classKey: 'air-purifier' })
    client = await connectDevice(running().mqttPort, device)
    await client.subscribe(['device/purifier-1/command', 1])
  })

  /** Acts as the device does, and says what it was told. */
  const obey = async (answer: object = { status: 'ok' }): Promise<string> => {
    const { messageId, payload } = await client.message()
    client.send({ cmd: 'puback', messageId: messageId ?? 0 })
    const { action, commandId, value } = commandSchema.parse(JSON.parse(String(payload)))
    await publishAndWait(client, 'device/purifier-1/ack', JSON.stringify({ commandId, ...answer }))
    return value === undefined ? action : `${action} ${value}`
  }
  const put = (body: object, headers: Readonly<Record<string, string>> = {}) =>
    api.call('PUT', `${path}/override`, { body, headers })
  const get = async (of: string): Promise<unknown> => (await api.call('GET', `${path}/${of}`)).body

  it('runs at 5 for a while, and at 2 again afterwards', async () => {
    await publishAndWait(client, 'device/purifier-1/data', JSON.stringify({ fanSpeed: 2, powerOn: true }))
    await expect.poll(() => get('state')).toMatchObject({ reported: { fanSpeed: 2 } })
    const answer = await put({ action: 'setFanSpeed', value: 5, durationMs: 1500 })
    expect(answer).toMatchObject({ status: 200, body: { override: { value: 5, status: 'active' } } })
    expect(await obey({ status: 'ok', state: { fanSpeed: 5 } })).toBe('setFanSpeed 5')
    expect(await get('desired')).toMatchObject({ fields: { fanSpeed: { value: 5, layer: 'override' } } })
    await expect
      .poll(() => get('state'))
      .toMatchObject({ desired: { fanSpeed: 5 }, override: { value: 5 }, reported: { fanSpeed: 5 } })
    expect(await get('override')).toMatchObject({ override: { restores: { fanSpeed: { value: 2 } } } })
    expect(await obey({ status: 'ok', state: { fanSpeed: 2 } })).toBe('setFanSpeed 2')
    expect(await get('override')).toEqual({ override: null })
    expect(await get('state')).toMatchObject({ desired: { fanSpeed: 2 }, override: null })
  })

  it('gives back at once when it is cancelled', async () => {
    await put({ value: 4, durationMs: 600_000 })
    expect(await obey()).toBe('setFanSpeed 4')
    expect(await api.call('DELETE', `${path}/override`)).toMatchObject({
      status: 200,
      body: { override: { status: 'cancelled' } },
    })
    expect(await obey()).toBe('setFanSpeed 2')
    expect((await api.call('DELETE', `${path}/override`)).body).toEqual({ override: null })
  })

  it('tells whoever waits that the device has refused it', async () => {
    const answer = put({ value: 3, durationMs: 600_000 }, { Prefer: 'wait=5' })
    expect(await obey({ status: 'error', error: 'filter missing' })).toBe('setFanSpeed 3')
    const failed = { override: { status: 'failed', errorMessage: 'filter missing' } }
    expect(await answer).toMatchObject({ status: 200, body: failed })
    expect(await get('override')).toMatchObject(failed)
    expect(await get('desired')).toMatchObject({ fields: { fanSpeed: { value: 2, layer: 'manual' } } })
  })

  it('gives way to a command by hand', async () => {
    await put({ value: 5, durationMs: 600_000 })
    expect(await obey()).toBe('setFanSpeed 5')
    await api.call('POST', `${path}/commands`, { body: { action: 'setFanSpeed', value: 1 } })
    expect(await get('override')).toEqual({ override: null })
    expect(await obey()).toBe('setFanSpeed 1')
    expect(await get('desired')).toMatchObject({ fields: { fanSpeed: { value: 1, layer: 'manual' } } })
  })

  it('gives back what a window wants that has opened meanwhile', async () => {
    await put({ value: 5, durationMs: 1500 })
    expect(await obey()).toBe('setFanSpeed 5')
    const window = { days: [...weekdays], startTime: '00:00', endTime: '00:00' }
    const body = { deviceId: 'purifier-1', ...window, fanSpeed: 3 }
    expect((await api.call('POST', '/api/v1/schedules', { body })).status).toBe(201)
    expect(await obey()).toBe('setFanSpeed 3')
    expect(await get('desired')).toMatchObject({ fields: { fanSpeed: { value: 3, layer: 'schedule' } } })
  })

  it.each([
    [{ value: 6, durationMs: 1000 }, 422, 'body.value'],
    [{ action: 'explode', durationMs: 1000 }, 422, 'body.action'],
    [{ value: 5 }, 400, 'body.durationMs'],
    [{ value: 5, durationMs: 1000, surprise: 1 }, 400, 'body'],
  ])('%j is refused with %i, naming %s', async (body, status, where) => {
    expect(await put(body)).toMatchObject({ status, body: { errors: [{ path: where }] } })
  })
})

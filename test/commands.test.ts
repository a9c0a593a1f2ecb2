import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commandView, type CommandView } from '../nodes/commands/command.ts'
import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, deadLettersOf, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const wrapped = z.object({ command: commandView })
const sentSchema = z.object({ commandId: z.string(), action: z.string(), value: z.unknown().optional() })
type Sent = z.output<typeof sentSchema>

describe('a purifier that is told what to do', () => {
  const running = usePlatform()
  let api: ApiClient
  let other: ApiClient
  let device: DeviceAccess
  let client: WireClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'acme')
    other = await createOrganization(running().api, 'other')
    device = await registerDevice(api, 'purifier-1', { classKey: 'air-purifier' })
    client = await connectDevice(running().mqttPort, device)
    await client.subscribe(['device/purifier-1/command', 1])
  })

  const send = (body: object, headers: Readonly<Record<string, string>> = {}) =>
    api.call('POST', '/api/v1/devices/purifier-1/commands', { body, headers })
  const next = async (): Promise<Sent> => {
    const { messageId, payload } = await client.message()
    client.send({ cmd: 'puback', messageId: messageId ?? 0 })
    return sentSchema.parse(JSON.parse(String(payload)))
  }
  const acknowledge = (commandId: string, more: object = { status: 'ok' }): Promise<void> =>
    publishAndWait(client, 'device/purifier-1/ack', JSON.stringify({ commandId, ...more }))
  const get = async (id: string): Promise<CommandView> =>
    (await api.expect(wrapped, 'GET', `/api/v1/commands/${id}`)).command
  /** What becomes of it within a second or two. */
  const settled = async (id: string, status: CommandView['status']): Promise<CommandView> => {
    for (let tries = 0; tries < 40; tries += 1) {
      const command = await get(id)
      if (command.status === status) return command
      await pause(50)
    }
    return get(id)
  }

  it('gets the command, and its acknowledgment is recorded', async () => {
    const answer = await send({ action: 'setFanSpeed', value: 3 })
    expect(answer.status).toBe(202)
    const { command } = wrapped.parse(answer.body)
    expect(answer.headers.get('location')).toBe(`/api/v1/commands/${command.commandId}`)
    expect(await next()).toMatchObject({ commandId: command.commandId, action: 'setFanSpeed', value: 3 })
    await acknowledge(command.commandId, { status: 'ok', state: { fanSpeed: 3 } })
    expect(await settled(command.commandId, 'acknowledged')).toMatchObject({
      retryCount: 0,
      attempts: [{ outcome: 'acknowledged' }],
      deviceResponse: { state: { fanSpeed: 3 } },
    })
  })

  it('whoever prefers to wait gets the outcome', async () => {
    const answer = send({ action: 'turnOff' }, { Prefer: 'wait=5' })
    await acknowledge((await next()).commandId, { status: 'error', error: 'door open' })
    expect(await answer).toMatchObject({
      status: 200,
      body: { command: { status: 'failed', errorMessage: 'door open' } },
    })
  })

  it('is sent again as often as the call says, and then it has timed out', async () => {
    const answer = await send({ action: 'turnOn', ackTimeoutMs: 300, attempts: 2 })
    const { commandId } = wrapped.parse(answer.body).command
    expect([(await next()).commandId, (await next()).commandId]).toEqual([commandId, commandId])
    expect(await settled(commandId, 'timeout')).toMatchObject({ retryCount: 1 })
    await acknowledge(commandId)
    await acknowledge('00000000-0000-4000-8000-000000000000')
    expect(await settled(commandId, 'timeout')).toMatchObject({ status: 'timeout' })
    await expect.poll(async () => (await get(commandId)).lateAcknowledgments.length).toBe(1)
    await expect
      .poll(async () => (await deadLettersOf(api)).map(({ topic }) => topic))
      .toEqual(['device/purifier-1/ack'])
  })

  it.each([
    [{ action: 'setFanSpeed', value: 6 }, 422, 'body.value'],
    [{ action: 'setFanSpeed' }, 422, 'body.value'],
    [{ action: 'explode' }, 422, 'body.action'],
    [{ action: 'turnOn', surprise: 1 }, 400, 'body'],
    [{ action: 'turnOn', attempts: 11 }, 400, 'body.attempts'],
  ])('%j is refused with %i, naming %s', async (body, status, path) => {
    expect(await send(body)).toMatchObject({ status, body: { errors: [{ path }] } })
  })

  it('waits for a device that is away, and is cancelled by whoever thinks better of it', async () => {
    const away = await registerDevice(api, 'purifier-2', { classKey: 'air-purifier' })
    const path = '/api/v1/devices/purifier-2/commands'
    const hold = async (action: string): Promise<string> => {
      const answer = await api.call('POST', path, { body: { action, whenOffline: 'hold' } })
      return wrapped.parse(answer.body).command.commandId
    }
    const [first, second] = [await hold('turnOn'), await hold('turnOff')]
    expect(await settled(first, 'cancelled')).toMatchObject({ errorMessage: `superseded by ${second}` })
    const back = await connectDevice(running().mqttPort, away)
    await back.subscribe(['device/purifier-2/command', 1])
    expect(JSON.parse(String((await back.message()).payload))).toMatchObject({ commandId: second })
    expect(await api.call('DELETE', `/api/v1/commands/${second}`)).toMatchObject({ status: 200 })
    expect(await api.call('DELETE', `/api/v1/commands/${first}`)).toMatchObject({ status: 200 })
    const log = await api.all(commandView, `${path}?status=cancelled`)
    expect(log.map(({ commandId }) => commandId)).toEqual([second, first])
  })

  it('goes to all devices of a tag at once, and who wants to know sees how far it is', async () => {
    for (const id of ['hall-1', 'hall-2', 'hall-3'])
      await registerDevice(api, id, { classKey: 'air-purifier', tags: ['hall'] })
    await registerDevice(api, 'hall-logger', { tags: ['hall'] })
    const body = { scope: { tag: 'hall' }, action: 'setFanSpeed', value: 2 }
    const asked = await api.call('POST', '/api/v1/commands/bulk', { body })
    expect(asked).toMatchObject({ status: 202, body: { bulk: { total: 4 } } })
    const { bulk } = z.object({ bulk: z.object({ id: z.string() }) }).parse(asked.body)
    const counted = async (): Promise<unknown> =>
      (await api.call('GET', `/api/v1/commands/bulk/${bulk.id}`)).body
    await expect.poll(counted).toMatchObject({
      bulk: { total: 4, refused: ['hall-logger'], counts: { sent: 3, pending: 0 } },
    })
    const wrong = { ...body, value: 9 }
    expect(await api.call('POST', '/api/v1/commands/bulk', { body: wrong })).toMatchObject({ status: 422 })
    expect(await other.call('GET', `/api/v1/commands/bulk/${bulk.id}`)).toMatchObject({ status: 404 })
    const theirs = { ...body, scope: { deviceIds: ['hall-1'] } }
    expect(await other.call('POST', '/api/v1/commands/bulk', { body: theirs })).toMatchObject({ status: 422 })
  })

  it('another organization neither sends nor sees', async () => {
    const { commandId } = wrapped.parse((await send({ action: 'turnOn' })).body).command
    for (const [method, path] of [
      ['GET', `/api/v1/commands/${commandId}`],
      ['DELETE', `/api/v1/commands/${commandId}`],
      ['GET', '/api/v1/devices/purifier-1/commands'],
    ] as const)
      expect((await other.call(method, path)).status).toBe(404)
    const body = { action: 'turnOn' }
    expect((await other.call('POST', '/api/v1/devices/purifier-1/commands', { body })).status).toBe(404)
  })
})

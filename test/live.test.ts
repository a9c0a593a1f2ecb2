import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { until, untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

interface Received {
  readonly name: string
  readonly body: { readonly deviceId?: string } & Readonly<Record<string, unknown>>
}

describe('the live channel', () => {
  const running = usePlatform()
  const sockets: Socket[] = []
  let a: ApiClient
  let b: ApiClient
  let deviceA: DeviceAccess
  let deviceB: DeviceAccess

  beforeAll(async () => {
    a = await createOrganization(running().api, 'live-a')
    b = await createOrganization(running().api, 'live-b')
    deviceA = await registerDevice(a, 'live-a-1')
    deviceB = await registerDevice(b, 'live-b-1')
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close()
  })

  function open(auth: Readonly<Record<string, string>>): Socket {
    const socket = io(`${running().url}/live`, { auth, transports: ['websocket'], reconnection: false })
    sockets.push(socket)
    return socket
  }

  async function watch(api: ApiClient, devices?: readonly string[]): Promise<readonly Received[]> {
    const socket = open({ token: await api.token(), organization: api.organization ?? '' })
    const received: Received[] = []
    socket.onAny((name: string, body: Received['body']) => received.push({ name, body }))
    await event(socket, 'connect')
    expect(
      await socket.emitWithAck('subscribe', devices === undefined ? {} : { devices }),
    ).not.toHaveProperty('error')
    return received
  }

  const refusal = async (socket: Socket): Promise<string> => {
    const error = await event(socket, 'connect_error')
    return error instanceof Error ? error.message : String(error)
  }

  it('brings readings and states of its own organization, and nothing of another', async () => {
    const ofA = await watch(a)
    const ofB = await watch(b)
    for (const device of [deviceB, deviceA]) {
      const client = await connectDevice(running().mqttPort, device)
      await publishAndWait(client, device.topic, '{"readings":[{"port":1,"value":42}]}')
      await client.disconnect()
    }
    await until('a reading of A', () => ofA.find(({ name }) => name === 'reading'))
    await untilTrue('both states of A', () => ofA.filter(({ name }) => name === 'state').length >= 2)
    expect(ofA.find(({ name }) => name === 'reading')?.body).toMatchObject({
      deviceId: deviceA.id,
      port: 1,
      rawValue: 42,
    })
    expect(ofA.filter(({ name }) => name === 'state').map(({ body }) => body['online'])).toEqual([
      true,
      false,
    ])
    expect(new Set(ofA.map(({ body }) => body.deviceId))).toEqual(new Set([deviceA.id]))
    expect(new Set(ofB.map(({ body }) => body.deviceId))).toEqual(new Set([deviceB.id]))
  })

  it('refuses whoever does not say who they are', async () => {
    expect(await refusal(open({}))).toBe('not authenticated')
    expect(await refusal(open({ token: 'eyJhbGciOiJub25lIn0.e30.' }))).toBe('not authenticated')
    const token = await a.token()
    expect(await refusal(open({ token, organization: 'nobody' }))).toBe('not authenticated')
    expect(await refusal(open({ token }))).toBe('not authenticated')
  })

  it('refuses to show a foreign device, as one that is not there', async () => {
    const socket = open({ token: await a.token(), organization: a.organization ?? '' })
    await event(socket, 'connect')
    const foreign: unknown = await socket.emitWithAck('subscribe', { devices: [deviceA.id, deviceB.id] })
    const missing: unknown = await socket.emitWithAck('subscribe', { devices: ['nobody'] })
    expect(foreign).toEqual({ error: `no such device: ${deviceB.id}` })
    expect(missing).toEqual({ error: 'no such device: nobody' })
    expect(await socket.emitWithAck('subscribe', { devices: { $gt: '' } })).toHaveProperty('error')
    expect(await socket.emitWithAck('subscribe', '__proto__')).toHaveProperty('error')
  })
})

const event = (socket: Socket, name: 'connect' | 'connect_error'): Promise<unknown> =>
  new Promise((resolve) => socket.once(name, resolve))

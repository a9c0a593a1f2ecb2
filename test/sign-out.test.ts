import { once } from 'node:events'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { adminPassword } from './harness/platform.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { sessionOf } from './harness/sign-in.ts'
import { usePlatform } from './harness/use-platform.ts'

const withinMs = 1000
const admin = { email: 'admin@fleetloom.local', password: adminPassword }

describe('who signs out', () => {
  const running = usePlatform()
  const sockets: { close(): unknown }[] = []
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'sign-out')
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close()
  })

  const signIn = (): Promise<string> => sessionOf(running().url, admin.email, admin.password)
  const signOut = (cookie: string): Promise<Response> =>
    fetch(`${running().url}/logout`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: running().url, Cookie: cookie },
    })
  const open = (namespace: string, headers: Readonly<Record<string, string>>, path?: string): Socket => {
    const socket = io(`${running().url}${namespace}`, {
      ...(path === undefined ? {} : { path }),
      auth: { organization: api.organization ?? '' },
      extraHeaders: { Origin: running().url, ...headers },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    })
    sockets.push(socket)
    return socket
  }

  it('hears nothing more on any socket, a second later at most', async () => {
    const Cookie = await signIn()
    const live = open('/live', { Cookie })
    const dashboard = open('/', { Cookie }, '/dashboard/socket.io')
    const editor = new WebSocket(`${running().url.replace('http', 'ws')}/editor/comms`, {
      headers: { Cookie, Origin: running().url },
    })
    sockets.push(editor)
    await Promise.all([happens(live, 'connect'), happens(dashboard, 'connect'), once(editor, 'open')])
    expect(await live.emitWithAck('subscribe', {})).toEqual({ subscribed: 'all' })
    const ended = Promise.all([
      happens(live, 'disconnect'),
      happens(dashboard, 'disconnect'),
      once(editor, 'close'),
    ])
    const startedMs = performance.now()
    await signOut(Cookie)
    await ended
    expect(performance.now() - startedMs).toBeLessThan(withinMs)
    const again = open('/live', { Cookie })
    expect(await happens(again, 'connect_error')).toMatchObject({ message: 'not authenticated' })
  })

  it('and an app with its token as well', async () => {
    const login = await api.call('POST', '/api/v1/auth/login', {
      body: admin,
      as: 'anonymous',
    })
    const token = String(Object(login.body).accessToken)
    const live = io(`${running().url}/live`, {
      auth: { token, organization: api.organization ?? '' },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    })
    sockets.push(live)
    await happens(live, 'connect')
    const ended = happens(live, 'disconnect')
    expect(
      (
        await api.call('POST', '/api/v1/auth/logout', {
          body: { refreshToken: String(Object(login.body).refreshToken) },
        })
      ).status,
    ).toBeLessThan(300)
    await ended
  })

  it('others go on hearing', async () => {
    const [mine, theirs] = await Promise.all([signIn(), signIn()])
    const live = open('/live', { Cookie: theirs })
    await happens(live, 'connect')
    await live.emitWithAck('subscribe', {})
    await signOut(mine)
    const heard = happens(live, 'reading')
    const device = await registerDevice(api, 'sign-out-1')
    const client = await connectDevice(running().mqttPort, device)
    await publishAndWait(client, device.topic, '{"readings":[{"port":1,"value":42}]}')
    await client.disconnect()
    expect(await heard).toMatchObject({ deviceId: 'sign-out-1', rawValue: 42 })
  })

  it('nobody has anything in a namespace that is not there', async () => {
    const Cookie = await signIn()
    expect(await happens(open('/', {}), 'connect_error')).toMatchObject({ message: expect.any(String) })
    expect(await happens(open('/', { Cookie }), 'connect_error')).toMatchObject({
      message: expect.any(String),
    })
    expect(await happens(open('/admin', { Cookie }), 'connect_error')).toMatchObject({
      message: 'Invalid namespace',
    })
  })

  it('nobody opens a socket of the dashboard without a session', async () => {
    const response = await fetch(`${running().url}/dashboard/socket.io/?EIO=4&transport=polling`)
    expect(response.status).toBe(401)
    expect(await happens(open('/', {}, '/dashboard/socket.io'), 'connect_error')).toBeInstanceOf(Error)
    const Cookie = await signIn()
    const polling = await fetch(`${running().url}/dashboard/socket.io/?EIO=4&transport=polling`, {
      headers: { Cookie },
    })
    expect(polling.status).toBe(200)
  })
})

const happens = (socket: Socket, name: string): Promise<unknown> =>
  new Promise((resolve) => socket.once(name, resolve))

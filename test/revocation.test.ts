import { once } from 'node:events'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization } from './harness/resources.ts'
import { sessionOf } from './harness/sign-in.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const withinMs = 1000
const password = 'until somebody takes it away'

/** Every door that somebody can have open. */
interface Open {
  readonly id: string
  readonly token: string
  readonly cookie: string
  readonly closed: {
    readonly live: Promise<unknown>
    readonly editor: Promise<unknown>
    readonly dashboard: Promise<unknown>
  }
}

describe('who may no longer', () => {
  const running = usePlatform()
  const sockets: { close(): unknown }[] = []
  let api: ApiClient
  let count = 0

  beforeAll(async () => {
    api = await createOrganization(running().api, 'revocation')
    const permissions = ['modules:flows:flows:read', 'modules:iot:*:read']
    await api.expect(z.unknown(), 'POST', '/api/v1/roles', {
      body: { key: 'watcher', name: 'Watcher', permissions },
    })
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close()
  })

  const happens = (socket: Socket, name: string): Promise<unknown> =>
    new Promise((resolve) => socket.once(name, resolve))
  const openSocket = (namespace: string, options: object): Socket => {
    const common = { transports: ['websocket'], reconnection: false, forceNew: true }
    const socket = io(`${running().url}${namespace}`, { ...common, ...options })
    sockets.push(socket)
    return socket
  }

  async function watcher(): Promise<Open> {
    const { url } = running()
    count += 1
    const email = `watcher-${count}@revocation.example`
    const id = await addUser(api, email, 'watcher', password)
    const token = await api.signedInAs(email, password).token()
    const cookie = await sessionOf(url, email, password)
    const extraHeaders = { Origin: url, Cookie: cookie }
    const live = openSocket('/live', { auth: { token } })
    const dashboard = openSocket('/', { path: '/dashboard/socket.io', extraHeaders })
    const editor = new WebSocket(`${url.replace('http', 'ws')}/editor/comms`, { headers: extraHeaders })
    sockets.push(editor)
    await Promise.all([happens(live, 'connect'), happens(dashboard, 'connect'), once(editor, 'open')])
    const closed = {
      live: happens(live, 'disconnect'),
      dashboard: happens(dashboard, 'disconnect'),
      editor: once(editor, 'close'),
    }
    return { id, token, cookie, closed }
  }

  const statusesOf = async ({ cookie, token }: Open): Promise<readonly number[]> => {
    const me = `${running().url}/api/v1/me`
    const byToken = await fetch(me, { headers: { Authorization: `Bearer ${token}` } })
    const byCookie = await fetch(me, { headers: { Cookie: cookie } })
    return [byToken.status, byCookie.status]
  }

  const takings: readonly [string, (id: string) => Promise<unknown>][] = [
    ['is disabled', (id) => api.expect(z.unknown(), 'POST', `/api/v1/users/${id}/disable`)],
    [
      'is demoted',
      (id) => api.expect(z.unknown(), 'PATCH', `/api/v1/users/${id}`, { body: { role: 'member' } }),
    ],
    ['is removed', (id) => api.call('DELETE', `/api/v1/users/${id}`)],
  ]
  it.each(takings)(
    'because of having been %s has no session, token or socket a second later',
    async (_, take) => {
      const open = await watcher()
      expect(await statusesOf(open)).toEqual([200, 200])
      const startedMs = performance.now()
      await take(open.id)
      await Promise.all(Object.values(open.closed))
      expect(performance.now() - startedMs).toBeLessThan(withinMs)
      expect(await statusesOf(open)).toEqual([401, 401])
    },
  )

  it('has the sockets that the role is for no longer when the role has changed', async () => {
    const open = await watcher()
    await api.expect(z.unknown(), 'PATCH', '/api/v1/roles/watcher', {
      body: { permissions: ['modules:iot:devices:read'] },
    })
    await Promise.all([open.closed.live, open.closed.editor])
    const editor = await fetch(`${running().url}/editor/flows`, { headers: { Cookie: open.cookie } })
    expect(editor.status).toBe(401)
    // Everybody who is signed in may see pages of the dashboard, and so what their role lets them.
    expect(await statusesOf(open)).toEqual([200, 200])
  })

  it('by a key that is revoked hears nothing more', async () => {
    const account = await api.expect(
      z.object({ serviceAccount: z.object({ id: z.string() }) }),
      'POST',
      '/api/v1/service-accounts',
      { body: { name: 'listener', role: 'operator' } },
    )
    const keys = `/api/v1/service-accounts/${account.serviceAccount.id}/keys`
    const made = z.object({ key: z.object({ id: z.string() }), secret: z.string() })
    const { key, secret } = await api.expect(made, 'POST', keys, { body: { name: 'key' } })
    const live = openSocket('/live', { auth: { token: secret } })
    await happens(live, 'connect')
    const ended = happens(live, 'disconnect')
    const startedMs = performance.now()
    expect((await api.call('DELETE', `${keys}/${key.id}`)).status).toBe(204)
    await ended
    expect(performance.now() - startedMs).toBeLessThan(withinMs)
    expect(await happens(openSocket('/live', { auth: { token: secret } }), 'connect_error')).toMatchObject({
      message: 'not authenticated',
    })
  })
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import { io } from 'socket.io-client'
import { expect } from 'vitest'
import { z } from 'zod'
import { aDevice, aRecord } from '../../nodes/devices/device.fixture.ts'
import type { LiveUnderTest } from '../../nodes/platform/live/live.contract.ts'
import { type LiveParts, type LiveSharing, SocketLive } from './socket-live.ts'

const records = new Map([
  ['d1', aRecord()],
  ['d2', aRecord(undefined, aDevice({ id: 'd2' }))],
  ['x1', aRecord(undefined, aDevice({ id: 'x1' }), 'other')],
])

export interface LiveInstance extends AsyncDisposable {
  readonly live: SocketLive
  readonly port: number
}

/** One instance; whoever shows an organization's name as the token is a user of it. */
export async function openLiveInstance(sharing?: LiveSharing): Promise<LiveInstance> {
  const server = createServer()
  const parts = {
    server,
    sharing,
    auth: {
      authenticate: async ({ authorization = '' }: { authorization?: string }) => ({
        kind: 'authenticated',
        principal: {
          kind: 'user',
          orgId: authorization.replace('Bearer ', ''),
          permissions: ['modules:iot:readings:read'],
          userId: 'u1',
          signInId: 's1',
        },
      }),
    },
    admissions: { admit: () => () => undefined },
    addressOf: () => '127.0.0.1',
    offences: { spend: () => undefined },
    registry: () => ({ lookup: (id: string) => records.get(id) }),
    mayName: () => Promise.resolve(true),
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the channel uses of them
  const live = new SocketLive(parts as unknown as LiveParts)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    live,
    port: z.object({ port: z.number() }).parse(server.address()).port,
    async [Symbol.asyncDispose]() {
      await live.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

const subscribedSchema = z.object({ subscribed: z.unknown() })

/** Events are published on the one and watched on the other, which may be the same. */
export function liveUnderTest(
  publishing: LiveInstance,
  watching: LiveInstance,
  dispose: () => Promise<void>,
): LiveUnderTest {
  const clients = new Set<{ disconnect(): unknown }>()
  const watch: LiveUnderTest['watch'] = async (orgId, devices, events) => {
    const socket = io(`http://127.0.0.1:${watching.port}/live`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token: orgId },
    })
    clients.add(socket)
    const got: unknown[] = []
    socket.onAny((name: string, body: object) => void got.push({ name, ...body }))
    await new Promise<void>((resolve, reject) =>
      socket.once('connect', resolve).once('connect_error', reject),
    )
    const answer: unknown = await socket.emitWithAck('subscribe', {
      ...(devices === undefined ? {} : { devices }),
      ...(events === undefined ? {} : { events }),
    })
    subscribedSchema.parse(answer)
    const watched = devices ?? ['any']
    await expect
      .poll(() => watched.every((id) => publishing.live.isWatched(orgId, id, events?.[0] ?? 'reading')), {
        timeout: 5000,
      })
      .toBe(true)
    return {
      async next() {
        await expect.poll(() => got.length, { timeout: 5000 }).toBeGreaterThan(0)
        return got.shift()
      },
      async leave() {
        socket.disconnect()
      },
    }
  }
  return {
    channel: publishing.live,
    watch,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.disconnect()
      await dispose()
    },
  }
}

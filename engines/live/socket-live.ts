import type { Server as HttpServer } from 'node:http'
import { type Namespace, Server, type ServerOptions, type Socket } from 'socket.io'
import { z } from 'zod'
import type { DeviceDirectory } from '../../nodes/devices/directory.ts'
import { type Authenticator, credentialsOf } from '../../nodes/identity/authenticator.ts'
import type { Principal } from '../../nodes/platform/kit/endpoints/principal.ts'
import { isGranted } from '../../nodes/platform/kit/endpoints/permission.ts'
import { allOf, oneOf, personOf, roomOf, scopeOf, toldOf } from '../../nodes/live/rooms.ts'
import { readSubscription, type SubscriptionPart } from '../../nodes/live/subscription.ts'
import { summarize, type Watched, type WatchedElsewhere } from '../../nodes/live/watched.ts'
import type { LiveChannel, LiveEvent } from '../../nodes/platform/live/port.ts'
import type { Allowances } from '../../nodes/platform/allowances.ts'
import { PendingConnections } from '../../nodes/platform/pending-connections.ts'
import type { Admissions } from '../../nodes/identity/sign-in/admissions.ts'
import type { AddressOf } from '../../nodes/platform/client-address.ts'
import { FrameRate } from '../../nodes/platform/frame-rate.ts'

const watching = 'modules:iot:readings:read'
const handshakeSchema = z.object({
  token: z.string().max(8192).optional(),
  organization: z.string().max(64).optional(),
})
const socketSchema = z.object({ orgId: z.string(), ownRooms: z.array(z.string()) })

/** How long a client may take to say who it is, and how many may be about to; past it the oldest of them goes. */
const connectTimeoutMs = 10_000
const maxPending = 1000
/** Packets that may wait for a client that does not read. */
const maxUnsentPackets = 20_000

/** Reasons of Socket.IO's engine: what came through could not be read, or was against what we let pass. */
const endedByUs = new Set(['parse error', 'transport error', 'forced close', 'forced server close'])

/** The connection under a client's namespaces. */
type Connection = Socket['conn']

/** Events for somebody who does not read them would fill the memory. */
function endWhenUnread(connection: Connection): void {
  let unsent = 0
  connection.on('drain', () => (unsent = 0))
  connection.on('packetCreate', () => {
    unsent += 1
    if (unsent > maxUnsentPackets) connection.close(true)
  })
}

/** Who signs in, and can be signed out. */
type WatchingPrincipal = Extract<Principal, { readonly signInId: string }>

interface Watcher {
  readonly orgId: string
  readonly principal: WatchingPrincipal
}

/** What ties the channels of several instances together. */
export interface LiveSharing {
  readonly adapter: NonNullable<ServerOptions['adapter']>
  readonly elsewhere: WatchedElsewhere
  /** Called when somebody begins or ceases to watch here. */
  readonly onWatchedChange: () => void
}

export interface LiveParts {
  /** Where clients connect; undefined in a process that only publishes. */
  readonly server: HttpServer | undefined
  readonly sharing?: LiveSharing | undefined
  readonly auth: Authenticator
  readonly admissions: Admissions
  readonly addressOf: AddressOf
  readonly offences: Allowances
  /** Whose pages may connect, beside our own: with a token. Default: nobody's. */
  readonly allowedOrigins?: readonly string[] | undefined
  /** Asked for only when somebody watches. */
  readonly registry: () => Pick<DeviceDirectory, 'lookup'>
  /** Whether they may act for an organization that is not their own. */
  readonly mayName: (principal: Principal, orgId: string) => Promise<boolean>
}

/**
 * Socket.IO at `/socket.io`, namespace `/live`. A client proves who it is with `auth: {token}` (or the session's cookie)
 * and then says `subscribe {devices?, events?}`, or several such together in a list; without devices it watches its whole
 * organization, without events all of them.
 */
export class SocketLive implements LiveChannel {
  readonly #namespace: Namespace
  readonly #server: Server
  readonly #registry: LiveParts['registry']
  readonly #elsewhere: WatchedElsewhere | undefined

  constructor(parts: LiveParts) {
    const { addressOf, admissions, allowedOrigins, server, sharing, auth, registry, mayName } = parts
    this.#registry = registry
    this.#elsewhere = sharing?.elsewhere
    const options = {
      serveClient: false,
      maxHttpBufferSize: 100_000,
      connectTimeout: connectTimeoutMs,
      destroyUpgrade: false,
      ...(allowedOrigins === undefined ? {} : { cors: { origin: [...allowedOrigins] } }),
      ...(sharing === undefined ? {} : { adapter: sharing.adapter }),
    }
    this.#server = server === undefined ? new Server(options) : new Server(server, options)
    this.#server.use((_, proceed) => proceed(new Error('there is nothing here; see /live')))
    this.#namespace = this.#server.of('/live')
    const pending = new PendingConnections<Connection>(maxPending)
    if (server !== undefined)
      this.#server.engine.on('connection', (connection: Connection) => {
        pending.add(connection)?.close(true)
        endWhenUnread(connection)
        connection.once('close', (reason: string) => {
          if (endedByUs.has(reason)) parts.offences.spend(addressOf(connection.request))
        })
      })
    if (sharing !== undefined) {
      for (const change of ['create-room', 'delete-room'])
        this.#namespace.adapter.on(change, (room: string) => {
          if (roomOf(room) !== undefined) sharing.onWatchedChange()
        })
    }
    const watcherOf = async (socket: Socket): Promise<Watcher | undefined> => {
      const { auth: shown, headers } = socket.handshake
      const handshake = handshakeSchema.safeParse(shown).data
      const outcome = await auth.authenticate({
        ...credentialsOf({ headers, method: 'POST' }, addressOf(socket.request)),
        authorization: handshake?.token === undefined ? undefined : `Bearer ${handshake.token}`,
      })
      if (outcome.kind !== 'authenticated' || !('signInId' in outcome.principal)) return undefined
      const { principal } = outcome
      const orgId = await organizationOf(principal, handshake?.organization, mayName)
      return orgId === undefined ? undefined : { orgId, principal }
    }
    const admit = async (socket: Socket): Promise<Error | undefined> => {
      try {
        const watcher = await watcherOf(socket)
        if (watcher === undefined) return new Error('not authenticated')
        const { orgId, principal } = watcher
        socket.data = {
          orgId,
          ownRooms: principal.kind === 'user' ? [personOf(orgId, principal.userId)] : [],
        }
        const release = admissions.admit({
          signInId: principal.signInId,
          holderId: principal.kind === 'user' ? principal.userId : principal.accountId,
          mayStay: (now) =>
            isGranted(now.permissions, watching) &&
            now.orgId === principal.orgId &&
            // Of a company admin who watches another organization: it may have left the company.
            (orgId === now.orgId || now.orgId === undefined || mayName(now, orgId)),
          end: () => void socket.disconnect(true),
        })
        socket.conn.once('close', release)
        pending.proved(socket.conn)
        return undefined
      } catch {
        return new Error('temporarily unavailable')
      }
    }
    this.#namespace.use((socket, proceed) => void admit(socket).then(proceed))
    this.#namespace.on('connection', (socket) => {
      const { orgId, ownRooms } = socketSchema.parse(socket.data)
      void socket.join(ownRooms)
      const rate = new FrameRate()
      socket.use((_, proceed) => {
        if (rate.take()) proceed()
        else socket.disconnect(true)
      })
      socket.on('subscribe', (request: unknown, acknowledge?: unknown) => {
        const answer = this.#subscribe(socket, orgId, request, ownRooms)
        if (typeof acknowledge === 'function') acknowledge(answer)
      })
    })
  }

  hasWatchers(): boolean {
    return this.#namespace.sockets.size > 0 || this.#elsewhere?.isEmpty === false
  }

  isWatched(orgId: string, deviceId: string, name: string): boolean {
    return this.#isScopeWatched(orgId, deviceId) || this.#isScopeWatched(scopeOf(orgId, name), deviceId)
  }

  #isScopeWatched(scope: string, deviceId: string): boolean {
    const { rooms } = this.#namespace.adapter
    return (
      rooms.has(allOf(scope)) ||
      rooms.has(oneOf(scope, deviceId)) ||
      this.#elsewhere?.isWatched(scope, deviceId) === true
    )
  }

  /** What is watched here, for the other instances. */
  watched(): Watched {
    return summarize(
      [...this.#namespace.adapter.rooms.keys()].map(roomOf).filter((room) => room !== undefined),
    )
  }

  publish(orgId: string, { name, userId, ...body }: LiveEvent): void {
    const rooms = userId === undefined ? toldOf(orgId, body.deviceId, name) : personOf(orgId, userId)
    this.#namespace.to(rooms).emit(name, body)
  }

  #subscribe(socket: Socket, orgId: string, request: unknown, ownRooms: readonly string[]): object {
    const parts = readSubscription(request)
    if (typeof parts === 'string') return { error: parts }
    const registry = this.#registry()
    const devices = new Set(parts.flatMap((part) => part.devices ?? []))
    for (const id of devices)
      if (registry.lookup(id)?.orgId !== orgId) return { error: `no such device: ${id}` }
    const wanted = new Set([...ownRooms, ...parts.flatMap((part) => roomsFor(orgId, part))])
    // What is watched before and after is watched in between.
    for (const room of socket.rooms) if (room !== socket.id && !wanted.has(room)) void socket.leave(room)
    void socket.join([...wanted])
    return { subscribed: parts.some((part) => part.devices === undefined) ? 'all' : devices.size }
  }

  async close(): Promise<void> {
    this.#namespace.disconnectSockets(true)
    // There is none where no client can connect.
    const engine: Server['engine'] | undefined = this.#server.engine
    engine?.close()
  }
}

function roomsFor(orgId: string, { devices, events }: SubscriptionPart): readonly string[] {
  const scopes = events?.map((name) => scopeOf(orgId, name)) ?? [orgId]
  return scopes.flatMap((scope) => devices?.map((id) => oneOf(scope, id)) ?? [allOf(scope)])
}

async function organizationOf(
  principal: WatchingPrincipal,
  named: string | undefined,
  mayName: LiveParts['mayName'],
): Promise<string | undefined> {
  if (!isGranted(principal.permissions, watching)) return undefined
  if (named === undefined || named === principal.orgId) return principal.orgId
  return (await mayName(principal, named)) ? named : undefined
}

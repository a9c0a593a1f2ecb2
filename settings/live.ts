import type { Server as HttpServer } from 'node:http'
import { type Namespace, Server, type Socket } from 'socket.io'
import { z } from 'zod'
import type { DeviceDirectory } from '../nodes/devices/directory.ts'
import { type Authenticator, credentialsOf, type Principal } from '../nodes/identity/authenticator.ts'
import { isGranted } from '../nodes/identity/permission.ts'
import type { LiveChannel, LiveEvent } from '../nodes/platform/live/port.ts'

const watching = 'modules:iot:readings:read'
const handshakeSchema = z.object({
  token: z.string().max(8192).optional(),
  organization: z.string().max(64).optional(),
})
const subscribeSchema = z.object({ devices: z.array(z.string().max(64)).max(10_000).optional() })

const allOf = (orgId: string): string => `org:${orgId}`
const oneOf = (orgId: string, deviceId: string): string => `device:${orgId}:${deviceId}`

export interface LiveParts {
  readonly server: HttpServer
  readonly auth: Authenticator
  readonly directory: DeviceDirectory
  /** Whether the organization exists, for principals that name one. */
  readonly hasOrganization: (orgId: string) => Promise<boolean>
}

/**
 * Socket.IO at `/socket.io`, namespace `/live`. A client proves who it is with `auth: {token}` (or the session's cookie)
 * and then says `subscribe {devices?}`; without devices it watches its whole organization.
 */
export class SocketLive implements LiveChannel {
  readonly #namespace: Namespace
  readonly #server: Server
  readonly #directory: DeviceDirectory

  constructor({ server, auth, directory, hasOrganization }: LiveParts) {
    this.#directory = directory
    this.#server = new Server(server, { serveClient: false, maxHttpBufferSize: 100_000 })
    this.#namespace = this.#server.of('/live')
    const organizationFor = async (socket: Socket): Promise<string | undefined> => {
      const { auth: shown, headers, address } = socket.handshake
      const handshake = handshakeSchema.safeParse(shown).data
      const outcome = await auth.authenticate({
        ...credentialsOf({ headers, method: 'POST' }, address),
        authorization: handshake?.token === undefined ? undefined : `Bearer ${handshake.token}`,
      })
      return outcome.kind === 'authenticated'
        ? organizationOf(outcome.principal, handshake?.organization, hasOrganization)
        : undefined
    }
    const admit = async (socket: Socket): Promise<Error | undefined> => {
      try {
        const orgId = await organizationFor(socket)
        if (orgId === undefined) return new Error('not authenticated')
        socket.data = { orgId }
        return undefined
      } catch {
        return new Error('temporarily unavailable')
      }
    }
    this.#namespace.use((socket, proceed) => void admit(socket).then(proceed))
    this.#namespace.on('connection', (socket) => {
      const { orgId } = z.object({ orgId: z.string() }).parse(socket.data)
      socket.on('subscribe', (request: unknown, acknowledge?: unknown) => {
        const answer = this.#subscribe(socket, orgId, request)
        if (typeof acknowledge === 'function') acknowledge(answer)
      })
    })
  }

  hasWatchers(): boolean {
    return this.#namespace.sockets.size > 0
  }

  isWatched(orgId: string, deviceId: string): boolean {
    const { rooms } = this.#namespace.adapter
    return rooms.has(allOf(orgId)) || rooms.has(oneOf(orgId, deviceId))
  }

  publish(orgId: string, { name, ...body }: LiveEvent): void {
    this.#namespace.to(allOf(orgId)).to(oneOf(orgId, body.deviceId)).emit(name, body)
  }

  #subscribe(socket: Socket, orgId: string, request: unknown): object {
    const parsed = subscribeSchema.safeParse(request ?? {})
    if (!parsed.success) return { error: 'devices: must be a list of device ids' }
    const { devices } = parsed.data
    const unknown = devices?.find((id) => this.#directory.lookup(id)?.orgId !== orgId)
    if (unknown !== undefined) return { error: `no such device: ${unknown}` }
    for (const room of socket.rooms) if (room !== socket.id) void socket.leave(room)
    void socket.join(devices?.map((id) => oneOf(orgId, id)) ?? allOf(orgId))
    return { subscribed: devices?.length ?? 'all' }
  }

  async close(): Promise<void> {
    this.#namespace.disconnectSockets(true)
    this.#server.engine.close()
  }
}

async function organizationOf(
  principal: Principal,
  named: string | undefined,
  hasOrganization: LiveParts['hasOrganization'],
): Promise<string | undefined> {
  if (!isGranted(principal.permissions, watching)) return undefined
  if (principal.orgId !== undefined)
    return named === undefined || named === principal.orgId ? principal.orgId : undefined
  return named !== undefined && (await hasOrganization(named)) ? named : undefined
}

import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { type Authenticator, credentialsOf } from '../../nodes/identity/authenticator.ts'
import type { UserPrincipal } from '../../nodes/platform/kit/endpoints/principal.ts'
import { isShallowJson } from '../../nodes/platform/kit/json-depth.ts'
import type { Allowances } from '../../nodes/platform/allowances.ts'
import type { Logger } from '../../nodes/platform/logger.ts'
import type { Admissions } from '../../nodes/identity/sign-in/admissions.ts'
import type { AddressOf } from '../../nodes/platform/client-address.ts'
import { type EditorUser, editorUserOf } from '../auth/editor-auth.ts'
import { FrameRate } from '../../nodes/platform/frame-rate.ts'
import { admitting, type UpgradeHandler } from '../../nodes/http/sockets/upgrades.ts'

/** An open editor, as Node-RED's runtime knows it. */
interface EditorConnection {
  readonly session: string
  readonly user: EditorUser
  send(topic: string, data: unknown): void
}

/** The part of Node-RED's runtime API behind the editor's socket (`RED.runtime.comms`). */
export interface RuntimeComms {
  addConnection(options: { client: EditorConnection }): Promise<void>
  removeConnection(options: { client: EditorConnection }): Promise<void>
  subscribe(options: { user: EditorUser; client: EditorConnection; topic: string }): Promise<void>
  receive(options: {
    user: EditorUser
    client: EditorConnection
    topic: string
    data: unknown
  }): Promise<void>
}

export interface EditorCommsParts {
  readonly comms: RuntimeComms
  readonly auth: Pick<Authenticator, 'authenticate'>
  readonly admissions: Admissions
  readonly addressOf: AddressOf
  readonly offences: Allowances
  readonly log: Logger
}

const maxFrameBytes = 65_536
const maxDepth = 32
/** What may wait for an editor that does not read. */
const maxUnsentBytes = 4_194_304
const maxUnsentMessages = 20_000
const sendEveryMs = 50
const messagesAtOnce = 50
const heartbeatMs = 15_000

/**
 * Node-RED makes a regular expression of what is subscribed to: levels of plain characters, `+` for a whole one, and
 * `/#` at the end keep it one that is matched in one pass.
 */
const topicSchema = z
  .string()
  .max(200)
  .regex(/^(?:\+|[\w.:-]+)(?:\/(?:\+|[\w.:-]+)){0,9}(?:\/#)?$/)
const frameSchema = z.union([
  z.object({ subscribe: topicSchema }),
  z.object({ topic: topicSchema, data: z.unknown() }),
  // An editor whose page was open while its user signed in again: the socket was let in or it would not be here.
  z.object({ auth: z.unknown() }),
])

/**
 * The editor's socket, `/editor/comms`, in place of Node-RED's own: that one lets anybody connect, takes frames of 100 MB
 * and ends the process on some. Here nobody gets a socket who may not see the editor, and frames are checked.
 */
export function editorComms({
  addressOf,
  admissions,
  auth,
  comms,
  log,
  offences,
}: EditorCommsParts): UpgradeHandler {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: maxFrameBytes })

  async function identify(request: IncomingMessage): Promise<UserPrincipal | undefined> {
    const credentials = credentialsOf(request, addressOf(request))
    // Where it comes from was checked before it came here (`Upgrades`).
    const found = await auth.authenticate({ ...credentials, method: 'GET' })
    const isUser = found.kind === 'authenticated' && found.principal.kind === 'user'
    return isUser && editorUserOf(found.principal) !== undefined ? found.principal : undefined
  }

  function letIn(principal: UserPrincipal, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      serve(webSocket, principal, addressOf(request)),
    )
  }

  function serve(socket: WebSocket, principal: UserPrincipal, address: string): void {
    const user = editorUserOf(principal)
    if (user === undefined) return socket.terminate()
    const outbox = new Outbox(socket)
    const rate = new FrameRate()
    const client: EditorConnection = {
      session: randomUUID(),
      user,
      send: (topic, data) => outbox.add(topic, data),
    }
    const failed = (error: unknown): void =>
      log.warn({ err: error, user: user.username }, 'what an editor sent could not be dealt with')
    const release = admissions.admit({
      signInId: principal.signInId,
      holderId: principal.userId,
      // As it was let in: Node-RED keeps the scope that the socket began with.
      mayStay: (now) => now.kind === 'user' && editorUserOf(now)?.permissions === user.permissions,
      // The editor then shows its sign-in dialog.
      end() {
        socket.send('{"auth":"fail"}')
        socket.close()
      },
    })
    comms.addConnection({ client }).catch(failed)
    const heartbeat = setInterval(() => outbox.beat(), heartbeatMs).unref()
    socket.on('error', (error) => {
      log.debug({ err: error, user: user.username }, 'editor socket')
      // What `ws` reports of frames has a code of its own.
      if ('code' in error && String(error.code).startsWith('WS_ERR')) offences.spend(address)
    })
    // It is answered by itself; whoever asks and does not read the answers is cut off.
    socket.on('ping', () => outbox.check())
    socket.on('close', () => {
      clearInterval(heartbeat)
      outbox.stop()
      release()
      comms.removeConnection({ client }).catch(failed)
    })
    socket.on('message', (data, isBinary) => {
      const frame = isBinary || !rate.take() ? undefined : frameSchema.safeParse(parse(data)).data
      // At once: until a peer answers a close, it could go on sending.
      if (frame === undefined) {
        offences.spend(address)
        return socket.terminate()
      }
      if ('subscribe' in frame) comms.subscribe({ user, client, topic: frame.subscribe }).catch(failed)
      else if ('topic' in frame)
        comms.receive({ user, client, topic: frame.topic, data: frame.data }).catch(failed)
      else socket.send('{"auth":"ok"}')
    })
  }

  return admitting(identify, (request) => offences.spend(addressOf(request)), letIn)
}

function parse(data: unknown): unknown {
  try {
    const text = String(data)
    return isShallowJson(text, maxDepth) ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

/** Messages on their way to one editor: a few at a time, as Node-RED sends them. */
class Outbox {
  readonly #socket: WebSocket
  readonly #waiting: { readonly topic: string; readonly data: unknown }[] = []
  #timer: NodeJS.Timeout | undefined
  #hasSent = false

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  add(topic: string, data: unknown): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#waiting.push({ topic, data })
    this.#timer ??= setTimeout(() => this.#send(), sendEveryMs).unref()
  }

  /** Cuts off who does not read. */
  check(): boolean {
    const isBehind = this.#socket.bufferedAmount > maxUnsentBytes || this.#waiting.length > maxUnsentMessages
    if (isBehind) this.#socket.terminate()
    return !isBehind
  }

  beat(): void {
    if (!this.#hasSent) this.add('hb', Date.now())
    this.#hasSent = false
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#waiting.length = 0
  }

  #send(): void {
    this.#timer = undefined
    if (!this.check()) return
    this.#hasSent = true
    this.#socket.send(JSON.stringify(this.#waiting.splice(0, messagesAtOnce)))
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#send(), sendEveryMs).unref()
  }
}

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Allowances } from '../../platform/allowances.ts'
import type { AddressOf } from '../../platform/client-address.ts'

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** What is known of the cookies of sessions; whose they are is asked behind the doors. */
export interface PresentedSessions {
  /** Whether there is one, valid or not. */
  isPresented(cookie: string | undefined): boolean
  isOwnOrigin(source: { readonly origin: string | undefined; readonly host: string | undefined }): boolean
}

/** Socket.IO's engine listens to the server itself, and takes whatever asks for its path. */
const nowhere = ''

export interface UpgradesParts {
  readonly sessions: PresentedSessions
  readonly offences: Allowances
  readonly addressOf: AddressOf
}

/**
 * The one place where WebSockets come in, whoever serves them: each path has one door, what has none is refused, and so
 * is what a foreign page opens with our cookie; browsers neither ask before such a handshake nor keep its answers from
 * the page.
 */
export class Upgrades {
  readonly #doors = new Map<string, UpgradeHandler>()
  readonly #sessions: PresentedSessions
  readonly #offences: Allowances
  readonly #addressOf: AddressOf
  /** Requests that have had to wait for their turn, and come again. */
  readonly #waited = new WeakSet<IncomingMessage>()

  constructor({ addressOf, offences, sessions }: UpgradesParts) {
    this.#sessions = sessions
    this.#offences = offences
    this.#addressOf = addressOf
  }

  /** A path as it is, whatever query follows. */
  open(path: string, handler: UpgradeHandler): void {
    this.#doors.set(path, handler)
  }

  /** What listens to the server itself, as Socket.IO's engine does. */
  leaveAlone(path: string): void {
    this.open(path, () => undefined)
  }

  listen(server: Server): void {
    server.prependListener('upgrade', (request, socket, head) => {
      // From here on nobody listens for what goes wrong with it, and a door may answer by itself: a reset would end us all.
      socket.on('error', () => undefined)
      const waitMs = this.#waited.has(request) ? 0 : this.#offences.waitMs(this.#addressOf(request))
      if (waitMs === 0) return this.#route(request, socket, head)
      const { url } = request
      request.url = nowhere
      if (waitMs === undefined) return refuseUpgrade(socket, '429 Too Many Requests')
      this.#waited.add(request)
      setTimeout(() => {
        if (socket.destroyed) return
        Object.assign(request, { url })
        server.emit('upgrade', request, socket, head)
      }, waitMs).unref()
    })
  }

  #route(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { headers, url = '' } = request
    const refuse = (status: UpgradeRefusal): void => {
      request.url = nowhere
      refuseUpgrade(socket, status)
    }
    // Only Origin: browsers disagree on Sec-Fetch-Site for `ws:` URLs.
    const isForeign =
      this.#sessions.isPresented(headers.cookie) &&
      !this.#sessions.isOwnOrigin({ origin: headers.origin, host: headers.host })
    const door = this.#doors.get(url.split('?', 1)[0] ?? '')
    if (isForeign) return refuse('403 Forbidden')
    if (door === undefined) {
      this.#offences.spend(this.#addressOf(request))
      return refuse('404 Not Found')
    }
    door(request, socket, head)
  }
}

export type UpgradeRefusal =
  | '401 Unauthorized'
  | '403 Forbidden'
  | '404 Not Found'
  | '429 Too Many Requests'
  | '503 Service Unavailable'

export function refuseUpgrade(socket: Duplex, status: UpgradeRefusal): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/**
 * A door for those who prove who they are in the request that asks for the socket.
 * @param refused hears of everybody who did not
 */
export function admitting<Who>(
  identify: (request: IncomingMessage) => Promise<Who | undefined>,
  refused: (request: IncomingMessage) => void,
  letIn: (who: Who, request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): UpgradeHandler {
  return (request, socket, head) => {
    identify(request)
      .then(
        (who) => {
          if (who === undefined) {
            refused(request)
            return refuseUpgrade(socket, '401 Unauthorized')
          }
          if (socket.destroyed) return
          letIn(who, request, socket, head)
        },
        () => refuseUpgrade(socket, '503 Service Unavailable'),
      )
      .catch(() => socket.destroy())
  }
}

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { RequestHandler } from 'express'
import type { Allowances } from '../../nodes/platform/allowances.ts'
import type { Sessions } from '../../nodes/identity/sign-in/sessions.ts'
import type { AddressOf } from '../../nodes/platform/client-address.ts'
import { admitting, type UpgradeHandler } from '../../nodes/http/sockets/upgrades.ts'

/** Node-RED's Dashboard serves its pages' sockets here. */
export const dashboardSockets = '/dashboard/socket.io/'

/**
 * Third parties end a socket over what came through it without a word to anybody. A page keeps its socket for as long as
 * somebody looks at it, so one that is gone at once counts as ended so: who really leaves a page that soon does it once.
 */
const tooShortMs = 1000

/** Each page that opens is sent the description of all pages: several times the work of another socket. */
const pageWeight = 4

export interface BackRoom {
  /** A server that never listens: what third parties hang their listeners on. */
  readonly server: Server
  readonly handleUpgrade: UpgradeHandler
  /** For what the Dashboard's pages send by HTTP instead; to be put behind `requireSession`. */
  readonly handleRequest: RequestHandler
}

/**
 * Where sockets of third parties live: they take whatever reaches their server, so they get one that only those reach who
 * are signed in.
 */
export function backRoom(
  sessions: Pick<Sessions, 'find'>,
  offences: Allowances,
  addressOf: AddressOf,
): BackRoom {
  const note = (request: IncomingMessage): void => offences.spend(addressOf(request))
  const server = createServer()
  return {
    server,
    handleUpgrade: admitting(
      ({ headers }) => sessions.find(headers.cookie),
      note,
      (_, request, socket, head) => {
        const openedMs = performance.now()
        socket.once('close', () => {
          if (performance.now() - openedMs < tooShortMs) offences.spend(addressOf(request), pageWeight)
        })
        server.emit('upgrade', request, socket, head)
      },
    ),
    handleRequest(request, response) {
      // Express took off the part of the path that it matched; the listeners match it again.
      request.url = request.originalUrl
      server.emit('request', request, response)
    },
  }
}

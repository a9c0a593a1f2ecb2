import { createServer, type Server } from 'node:http'
import type { RequestHandler } from 'express'
import type { Sessions } from '../auth/sessions.ts'
import { admitting, type UpgradeHandler } from './upgrades.ts'

/** Node-RED's Dashboard serves its pages' sockets here. */
export const dashboardSockets = '/dashboard/socket.io/'

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
export function backRoom(sessions: Pick<Sessions, 'find'>): BackRoom {
  const server = createServer()
  return {
    server,
    handleUpgrade: admitting(
      ({ headers }) => sessions.find(headers.cookie),
      (_, request, socket, head) => void server.emit('upgrade', request, socket, head),
    ),
    handleRequest(request, response) {
      // Express took off the part of the path that it matched; the listeners match it again.
      request.url = request.originalUrl
      server.emit('request', request, response)
    },
  }
}

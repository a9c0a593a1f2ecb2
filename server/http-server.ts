import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Allowances } from '../nodes/platform/allowances.ts'
import { answerWithProblems, serverOptions } from './raw-problems.ts'
import type { TlsFiles } from './tls/read-tls.ts'

/** HTTPS where there are files for it. */
export function createHttpServer(
  app: RequestListener,
  tls: TlsFiles | undefined,
  malformedRequests: Allowances,
): Server {
  const server =
    tls === undefined
      ? createServer(serverOptions, app)
      : createHttpsServer({ cert: tls.cert, key: tls.key, ...serverOptions }, app)
  answerWithProblems(server, malformedRequests)
  return server
}

/** That it listens on. */
export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

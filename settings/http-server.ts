import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Allowances } from '../nodes/platform/allowances.ts'
import { answerWithProblems, serverOptions } from './raw-problems.ts'
import type { TlsFiles } from './read-tls.ts'

/** HTTPS where there are files for it. */
export function createHttpServer(
  app: RequestListener,
  tls: TlsFiles | undefined,
  malformedRequests: Allowances,
): Server {
  const server =
    tls === undefined
      ? createServer(serverOptions, app)
      : createHttpsServer({ ...tls, ...serverOptions }, app)
  answerWithProblems(server, malformedRequests)
  return server
}

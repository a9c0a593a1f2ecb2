import { randomUUID } from 'node:crypto'
import { type Server, ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { problem } from '../nodes/platform/kit/endpoints/problem.ts'
import type { Allowances } from '../nodes/platform/allowances.ts'

const problemType = 'application/problem+json'
const lingerMs = 1000

const faults: Readonly<Record<string, { readonly status: number; readonly detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'the headers are too large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, detail: 'the extensions of a chunk are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'the request took too long to arrive' },
}
/** A request without `Host` is refused by a route (in `app.ts`): Node's answer would have no body. */
export const serverOptions = {
  requireHostHeader: false,
  // Whoever holds connections with headers that never end has to begin anew; a body may be large, and the line slow.
  headersTimeout: 20_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 5000,
} as const

const malformed = { status: 400, detail: 'this is no HTTP request' }

/**
 * What Node answers by itself, before any route sees the request, with a bare status or nothing: as problem documents. A
 * connection whose request cannot be parsed is closed behind the answer, since nobody knows where the next one begins; who
 * goes on like that waits for it.
 */
export function answerWithProblems(server: Pick<Server, 'on'>, malformedRequests: Allowances): void {
  const closing = new WeakSet<Duplex>()
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // What comes behind the fault is no request either.
    if (closing.has(socket)) return
    closing.add(socket)
    const { status, detail } = faults[error.code ?? ''] ?? malformed
    const address = 'remoteAddress' in socket ? String(socket.remoteAddress) : ''
    // A reset, or time that ran out, is no rubbish.
    const isRubbish = error.code?.startsWith('HPE_') === true
    const waitMs = isRubbish ? malformedRequests.waitMs(address) : 0
    if (isRubbish) malformedRequests.spend(address)
    if (waitMs === undefined) socket.destroy()
    else if (waitMs === 0) closeWith(socket, status, detail)
    else {
      socket.on('error', () => undefined)
      setTimeout(() => closeWith(socket, status, detail), waitMs).unref()
    }
  })
  server.on('checkExpectation', (_, response) => {
    answer(response, 417, 'nothing but 100-continue can be expected')
  })
}

/**
 * On a socket that has no response of its own, or one that has not begun; one that has can only be cut. What the caller is
 * still sending is read for a moment: a reset would take the answer from it.
 */
function closeWith(socket: Duplex, status: number, detail: string): void {
  socket.on('error', () => undefined)
  const response = '_httpMessage' in socket ? socket._httpMessage : undefined
  const hasBegun = response instanceof ServerResponse && response.headersSent
  if (!socket.writable || hasBegun) return void socket.destroy()
  const { body, headers } = written(status, detail)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
  const cut = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('end', () => socket.destroy())
  socket.once('close', () => clearTimeout(cut))
  socket.resume()
}

function answer(response: ServerResponse, status: number, detail: string): void {
  const { body, headers } = written(status, detail)
  response.writeHead(status, headers).end(body)
}

function written(
  status: number,
  detail: string,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const requestId = randomUUID()
  const body = JSON.stringify({ ...problem(status, detail), requestId })
  return {
    body,
    headers: {
      'Content-Type': problemType,
      'Content-Length': String(Buffer.byteLength(body)),
      'X-Request-Id': requestId,
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
    },
  }
}

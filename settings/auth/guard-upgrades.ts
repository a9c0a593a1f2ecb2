import type { Server } from 'node:http'
import type { Sessions } from './sessions.ts'

/**
 * Refuses WebSockets that a foreign page opens with our cookie, whoever serves them; browsers neither ask before such a
 * handshake nor keep its answers from the page. Call it after the other upgrade listeners were added or before: it goes
 * first either way, as long as nobody prepends later.
 */
export function guardUpgrades(server: Server, sessions: Sessions): void {
  server.prependListener('upgrade', ({ headers }, socket) => {
    if (!sessions.isPresented(headers.cookie)) return
    // Only Origin: browsers disagree on Sec-Fetch-Site for `ws:` URLs.
    if (sessions.isOwnOrigin({ origin: headers.origin, host: headers.host })) return
    // The other listeners still see the request: without its cookie, and with a socket that has ended.
    delete headers.cookie
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
}

import type { IncomingHttpHeaders } from 'node:http'
import type { Admissions } from './admissions.ts'
import type { Sessions } from './sessions.ts'

interface HandshakenSocket {
  readonly handshake: { readonly headers: IncomingHttpHeaders }
  readonly conn: { once(event: 'close', listener: () => void): unknown }
  disconnect(close: true): unknown
}

type Next = (error?: Error) => void

/** The same as `requireSession`, for Socket.IO: without a session of ours there is no connection, and none after it. */
export function requireSocketSession(
  sessions: Sessions,
  admissions: Admissions,
): (socket: HandshakenSocket, next: Next) => void {
  return (socket, next) => {
    const { headers } = socket.handshake
    // Browsers leave the origin out of same-origin polling; SameSite keeps our cookie out of foreign ones.
    const isForeign =
      headers.origin !== undefined && !sessions.isOwnOrigin({ origin: headers.origin, host: headers.host })
    if (isForeign) return next(new Error('the connection does not come from a page of this site'))
    void admit(socket, sessions, admissions, next)
  }
}

async function admit(
  socket: HandshakenSocket,
  sessions: Sessions,
  admissions: Admissions,
  next: Next,
): Promise<void> {
  let refusal: Error | undefined
  try {
    const found = await sessions.find(socket.handshake.headers.cookie)
    if (found === undefined) refusal = new Error('not signed in')
    else {
      const release = admissions.admit({
        signInId: found.signIn.id,
        holderId: found.user.id,
        mayStay: () => true,
        end: () => void socket.disconnect(true),
      })
      socket.conn.once('close', release)
    }
  } catch {
    refusal = new Error('temporarily unavailable')
  }
  next(refusal)
}

import type { IncomingHttpHeaders } from 'node:http'
import type { Sessions } from './sessions.ts'

interface HandshakenSocket {
  readonly handshake: { readonly headers: IncomingHttpHeaders }
}

type Next = (error?: Error) => void

/** The same as `requireSession`, for Socket.IO: without a session of ours there is no connection. */
export function requireSocketSession(sessions: Sessions): (socket: HandshakenSocket, next: Next) => void {
  return ({ handshake: { headers } }, next) => {
    // Browsers leave the origin out of same-origin polling; SameSite keeps our cookie out of foreign ones.
    const isForeign =
      headers.origin !== undefined && !sessions.isOwnOrigin({ origin: headers.origin, host: headers.host })
    if (isForeign) return next(new Error('the connection does not come from a page of this site'))
    void admit(sessions, headers.cookie, next)
  }
}

async function admit(sessions: Sessions, cookie: string | undefined, next: Next): Promise<void> {
  let refusal: Error | undefined
  try {
    if ((await sessions.find(cookie)) === undefined) refusal = new Error('not signed in')
  } catch {
    refusal = new Error('temporarily unavailable')
  }
  next(refusal)
}

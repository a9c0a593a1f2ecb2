import { isSameOrigin, type OwnOrigin, type RequestSource } from '../same-origin.ts'
import { sessionLifeMs } from '../sign-in.ts'
import type { User } from '../user.ts'
import type { Clock } from '../../platform/clock.ts'
import { readCookie, sessionCookie } from './cookies.ts'
import type { CheckPassword } from './credentials.ts'
import { digestOf, newSecret } from './opaque-secret.ts'
import type { SignIns, UserSignedIn } from './sign-ins.ts'

export type SessionLogin =
  | ({ readonly kind: 'welcome' } & OpenedSession)
  | { readonly kind: 'refused' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  | { readonly kind: 'code-needed' }

export interface OpenedSession {
  readonly permissions: readonly string[]
  readonly setCookie: string
}

/** Browser sessions: a cookie with a secret that means something only to the store. */
export interface Sessions {
  /** Opens a new session, whatever cookie the browser had; the caller sends `setCookie`. */
  login(email: string, password: string, address: string, code?: string): Promise<SessionLogin>
  /** For somebody who was proved to be there; the caller sends `setCookie`. */
  open(user: User, address: string): Promise<OpenedSession>
  /** The session in a Cookie header, and whose it is. */
  find(cookie: string | undefined): Promise<UserSignedIn | undefined>
  /** Ends the session, if there is one; gives the Set-Cookie value that takes the cookie away. */
  logout(cookie: string | undefined): Promise<string>
  /** Whether the browser sent our cookie, valid or not. */
  isPresented(cookie: string | undefined): boolean
  /** Whether a page of ours sent the request. */
  isOwnOrigin(source: RequestSource): boolean
}

export function createSessions(
  checkPassword: CheckPassword,
  signIns: SignIns,
  clock: Clock,
  own: OwnOrigin,
): Sessions {
  const cookies = sessionCookie(own.isSecure)
  const idOf = (cookie: string | undefined): string | undefined => {
    const secret = readCookie(cookie, cookies.name)
    return secret === undefined || secret === '' ? undefined : digestOf(secret)
  }

  async function open(user: User, address: string): Promise<OpenedSession> {
    const secret = newSecret()
    const id = digestOf(secret)
    const nowMs = clock.nowMs()
    await signIns.open({
      id,
      kind: 'session',
      userId: user.id,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + sessionLifeMs,
      epoch: user.epoch ?? 0,
      address,
    })
    const found = await signIns.find('session', id)
    return {
      permissions: found?.principal.permissions ?? [],
      setCookie: cookies.set(secret, Math.floor(sessionLifeMs / 1000)),
    }
  }

  return {
    open,

    async login(email, password, address, code) {
      const proof = await checkPassword(email, password, address, { code })
      return proof.kind === 'proved' ? { kind: 'welcome', ...(await open(proof.user, address)) } : proof
    },

    async find(cookie) {
      const id = idOf(cookie)
      return id === undefined ? undefined : signIns.find('session', id)
    },

    async logout(cookie) {
      const id = idOf(cookie)
      if (id !== undefined) await signIns.close(id)
      return cookies.clear()
    },

    isPresented: (cookie) => idOf(cookie) !== undefined,
    isOwnOrigin: (source) => isSameOrigin(source, own),
  }
}

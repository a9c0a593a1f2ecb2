import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Store } from '../../platform/store/port.ts'
import { normalizeEmail, type User, userCollection } from '../user.ts'
import type { UserChanges } from '../user-changes.ts'
import { asyncHandler } from './async-handler.ts'
import { readCookie } from './cookies.ts'
import { type Claims, type IdentityProvider, startedSchema } from './identity-provider.ts'
import { localPath } from './local-path.ts'
import type { LoginView } from './login-html.ts'
import type { Seal } from './seal.ts'
import type { Sessions } from './sessions.ts'

/** Shows the login page, by itself or with what went wrong. */
export type ShowLogin = (request: Request, response: Response, status: number, view: LoginView) => 'answered'

export interface SingleSignOnParts {
  readonly provider: IdentityProvider
  readonly store: Store
  readonly changes: Pick<UserChanges, 'change'>
  readonly sessions: Pick<Sessions, 'open' | 'logout'>
  /** Of what the browser keeps in between. */
  readonly seal: Seal
  readonly clock: Pick<Clock, 'nowMs'>
  readonly isSecure: boolean
  readonly log: Pick<Logger, 'warn'>
}

export const singleSignOnPath = '/login/oidc'
const cookieName = 'fleetloom-oidc'
const lifeMs = 10 * 60_000
const cookieSchema = startedSchema.extend({ next: z.string().optional(), untilMs: z.int() })

/**
 * Signs in whoever the identity provider vouches for, if they are a user here: by what it called them when they first came, or
 * by an e-mail that it has verified. It makes no users: who may do what is said here. A second factor is the provider's affair.
 */
export function singleSignOn(parts: SingleSignOnParts, show: ShowLogin, homeOf: HomeOf): Router {
  const { changes, clock, isSecure, log, provider, seal, sessions, store } = parts
  const users = store.platform(userCollection)
  const router = express.Router()
  const cookie = (value: string, maxAgeSeconds: number): string =>
    `${cookieName}=${value}; Path=${singleSignOnPath}; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${isSecure ? '; Secure' : ''}`

  const one = async (filter: Record<string, string>): Promise<User | undefined> =>
    (await users.find(filter, { limit: 1 })).items[0]?.document

  /** Undefined for who is nobody here, or may not sign in. */
  async function userOf({ subject, verifiedEmail }: Claims): Promise<User | undefined> {
    const known = await one({ subject })
    if (known !== undefined) return known.isEnabled ? known : undefined
    const named =
      verifiedEmail === undefined ? undefined : await one({ email: normalizeEmail(verifiedEmail) })
    if (named?.isEnabled !== true) return undefined
    const command = { type: 'BindSubject', subject } as const
    const bound = await changes.change(named.id, () => ({ kind: 'commands', commands: [command] }))
    return bound.kind === 'done' && bound.user.isEnabled ? bound.user : undefined
  }

  /** What this browser has started; undefined when that is nothing, or long ago. */
  function startedBy(request: Request): z.output<typeof cookieSchema> | undefined {
    const sealed = readCookie(request.headers.cookie, cookieName)
    if (sealed === undefined) return undefined
    try {
      const started = cookieSchema.parse(JSON.parse(seal.open(decodeURIComponent(sealed), cookieName)))
      return clock.nowMs() < started.untilMs ? started : undefined
    } catch {
      return undefined
    }
  }

  async function begin(request: Request, response: Response): Promise<'answered'> {
    try {
      const { started, url } = await provider.begin()
      const kept = { ...started, next: localPath(request.query['next']), untilMs: clock.nowMs() + lifeMs }
      const sealed = encodeURIComponent(seal.close(JSON.stringify(kept), cookieName))
      response.set('Cache-Control', 'no-store').append('Set-Cookie', cookie(sealed, lifeMs / 1000))
      response.redirect(303, url)
      return 'answered'
    } catch (error) {
      log.warn({ err: error }, 'the identity provider could not be asked')
      return show(request, response, 503, { error: ({ ssoAway }) => ssoAway })
    }
  }

  async function finish(request: Request, response: Response): Promise<'answered'> {
    const started = startedBy(request)
    response.append('Set-Cookie', cookie('', 0))
    if (started === undefined) return show(request, response, 400, { error: ({ ssoFailed }) => ssoFailed })
    let claims: Claims
    try {
      claims = await provider.finish(queryOf(request.originalUrl), started)
    } catch (error) {
      log.warn({ err: error, address: request.ip }, 'single sign-on failed')
      return show(request, response, 401, { next: started.next, error: ({ ssoFailed }) => ssoFailed })
    }
    const user = await userOf(claims)
    if (user === undefined) {
      log.warn({ address: request.ip }, 'single sign-on of nobody here')
      return show(request, response, 403, { next: started.next, error: ({ ssoUnknown }) => ssoUnknown })
    }
    await sessions.logout(request.headers.cookie)
    const opened = await sessions.open(user, request.ip ?? 'unknown')
    response.set('Cache-Control', 'no-store').append('Set-Cookie', opened.setCookie)
    response.redirect(303, started.next ?? homeOf(opened.permissions))
    return 'answered'
  }

  router.get(singleSignOnPath, asyncHandler(begin))
  router.get(`${singleSignOnPath}/callback`, asyncHandler(finish))
  return router
}

/** Where to go when nothing else was said. */
export type HomeOf = (permissions: readonly string[]) => string

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '')

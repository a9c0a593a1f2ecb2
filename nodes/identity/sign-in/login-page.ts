import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import { credentialsOf } from '../authenticator.ts'
import { maxPasswordLength } from '../password.ts'
import { editorScopeOf } from '../roles.ts'
import { asyncHandler } from './async-handler.ts'
import { localPath } from './local-path.ts'
import { loginHtml, loginPolicy, type LoginView } from './login-html.ts'
import type { Sessions } from './sessions.ts'
import { singleSignOn, type SingleSignOnParts, singleSignOnPath } from './single-sign-on.ts'

const formSchema = z.object({
  email: z.string().max(254),
  password: z.string().max(maxPasswordLength),
  code: z.string().max(64).optional(),
  next: z.string().optional(),
})

const messages = {
  refused: 'E-mail or password is wrong.',
  codeNeeded:
    'This account asks for a code as well. Please enter the password again, with the code of your app.',
  codeRefused: 'E-mail, password or code is wrong.',
  foreign: 'The form was not sent from this page. Please sign in here.',
  unreadable: 'The form could not be read. Please try again.',
}

/** Shows the page, by itself or with what went wrong. */
export type ShowLogin = (response: Response, status: number, view: LoginView) => 'answered'

/**
 * `/login` and `/logout` for browsers, without scripts. Mount it at the root of the site.
 *
 * @param sso of who can also come from an identity provider
 */
export function loginPage(sessions: Sessions, sso?: SingleSignOnParts): Router {
  const router = express.Router()

  const show: ShowLogin = (response, status, view) => {
    response
      .status(status)
      .set({
        'Cache-Control': 'no-store',
        'Content-Security-Policy': loginPolicy,
        // With `no-referrer` browsers send `Origin: null` with the form, and it would be refused.
        'Referrer-Policy': 'same-origin',
        'X-Content-Type-Options': 'nosniff',
        'X-Frame-Options': 'DENY',
      })
      .type('html')
      .send(loginHtml({ ...view, singleSignOn: sso === undefined ? undefined : singleSignOnPath }))
    return 'answered'
  }

  const isOwn = (request: Request): boolean => sessions.isOwnOrigin(credentialsOf(request, request.ip))

  async function signIn(request: Request, response: Response): Promise<'answered'> {
    const form = formSchema.safeParse(request.body)
    if (!form.success) return show(response, 400, { error: messages.unreadable })
    const { code, email, password } = form.data
    const next = localPath(form.data.next)
    // Also without a cookie: a foreign page could sign the visitor in as somebody else.
    if (!isOwn(request)) return show(response, 403, { next, error: messages.foreign })
    const outcome = await sessions.login(email, password, request.ip ?? 'unknown', code)
    const isCodeWanted = outcome.kind === 'code-needed' || code !== undefined
    if (outcome.kind === 'code-needed')
      return show(response, 401, { next, email, isCodeWanted, error: messages.codeNeeded })
    if (outcome.kind === 'refused')
      return show(response, 401, {
        next,
        email,
        isCodeWanted,
        error: isCodeWanted ? messages.codeRefused : messages.refused,
      })
    if (outcome.kind === 'throttled') {
      const { retryAfterSeconds } = outcome
      response.set('Retry-After', String(retryAfterSeconds))
      return show(response, 429, { next, email, isCodeWanted, error: throttledMessage(retryAfterSeconds) })
    }
    await sessions.logout(request.headers.cookie)
    response.set('Cache-Control', 'no-store').append('Set-Cookie', outcome.setCookie)
    response.redirect(303, next ?? homeOf(outcome.permissions))
    return 'answered'
  }

  async function signOut(request: Request, response: Response): Promise<'answered'> {
    if (!isOwn(request)) return show(response, 403, { error: messages.foreign })
    response.append('Set-Cookie', await sessions.logout(request.headers.cookie))
    response.redirect(303, '/login')
    return 'answered'
  }

  async function showForm(request: Request, response: Response): Promise<'answered'> {
    const user = (await sessions.find(request.headers.cookie))?.user
    return show(response, 200, { next: localPath(request.query['next']), current: user?.email })
  }

  router.get('/login', asyncHandler(showForm))
  router.post('/login', express.urlencoded({ extended: false, limit: '8kb' }), asyncHandler(signIn))
  router.post('/logout', asyncHandler(signOut))
  if (sso !== undefined) router.use(singleSignOn(sso, show, homeOf))

  const unreadable: ErrorRequestHandler = (error: unknown, _, response, next) => {
    const { data } = z.object({ status: z.int().min(400).max(499) }).safeParse(error)
    if (data === undefined || response.headersSent) next(error)
    else show(response, data.status, { error: messages.unreadable })
  }
  router.use(unreadable)
  return router
}

const homeOf = (permissions: readonly string[]): string =>
  editorScopeOf(permissions) === undefined ? '/dashboard' : '/editor/'

function throttledMessage(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  const wait = seconds < 90 ? `${seconds} seconds` : `${minutes} minutes`
  return `Too many attempts. Please try again in ${wait}.`
}

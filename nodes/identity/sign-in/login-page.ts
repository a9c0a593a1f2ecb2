import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import { acceptedLanguage, type Language } from '../../platform/kit/language.ts'
import { credentialsOf } from '../authenticator.ts'
import { maxPasswordLength } from '../password.ts'
import { editorScopeOf } from '../roles.ts'
import { asyncHandler } from './async-handler.ts'
import { localPath } from './local-path.ts'
import { invitationHtml, invitationScript, linkKinds } from './invitation-html.ts'
import { loginHtml } from './login-html.ts'
import { waitIn } from './login-texts.ts'
import { pagePolicy } from './plain-page.ts'
import type { Sessions } from './sessions.ts'
import { type ShowLogin, singleSignOn, type SingleSignOnParts, singleSignOnPath } from './single-sign-on.ts'

const formSchema = z.object({
  email: z.string().max(254),
  password: z.string().max(maxPasswordLength),
  code: z.string().max(64).optional(),
  next: z.string().optional(),
})

const loginPolicy = pagePolicy()
const invitationPolicy = pagePolicy(invitationScript)

/**
 * `/login` and `/logout` for browsers, without scripts, and the pages that links with a token lead to. In the language that the
 * browser asks for. Mount it at the root of the site.
 *
 * @param sso of who can also come from an identity provider
 */
export function loginPage(sessions: Sessions, sso?: SingleSignOnParts): Router {
  const router = express.Router()

  const show: ShowLogin = (request, response, status, view) => {
    const language = acceptedLanguage(request.header('accept-language'))
    const html = loginHtml(language, {
      ...view,
      singleSignOn: sso === undefined ? undefined : singleSignOnPath,
    })
    return sendPage(response, status, { html, language, policy: loginPolicy })
  }

  const isOwn = (request: Request): boolean => sessions.isOwnOrigin(credentialsOf(request, request.ip))

  async function signIn(request: Request, response: Response): Promise<'answered'> {
    const form = formSchema.safeParse(request.body)
    if (!form.success) return show(request, response, 400, { error: ({ unreadable }) => unreadable })
    const { code, email, password } = form.data
    const next = localPath(form.data.next)
    // Also without a cookie: a foreign page could sign the visitor in as somebody else.
    if (!isOwn(request)) return show(request, response, 403, { next, error: ({ foreign }) => foreign })
    const outcome = await sessions.login(email, password, request.ip ?? 'unknown', code)
    const isCodeWanted = outcome.kind === 'code-needed' || code !== undefined
    if (outcome.kind === 'code-needed')
      return show(request, response, 401, {
        next,
        email,
        isCodeWanted,
        error: ({ codeNeeded }) => codeNeeded,
      })
    if (outcome.kind === 'refused')
      return show(request, response, 401, {
        next,
        email,
        isCodeWanted,
        error: ({ codeRefused, refused }) => (isCodeWanted ? codeRefused : refused),
      })
    if (outcome.kind === 'throttled') {
      const { retryAfterSeconds } = outcome
      response.set('Retry-After', String(retryAfterSeconds))
      return show(request, response, 429, {
        next,
        email,
        isCodeWanted,
        error: ({ throttled }, language) => throttled(waitIn(language, retryAfterSeconds)),
      })
    }
    await sessions.logout(request.headers.cookie)
    response.set('Cache-Control', 'no-store').append('Set-Cookie', outcome.setCookie)
    response.redirect(303, next ?? homeOf(outcome.permissions))
    return 'answered'
  }

  async function signOut(request: Request, response: Response): Promise<'answered'> {
    if (!isOwn(request)) return show(request, response, 403, { error: ({ foreign }) => foreign })
    response.append('Set-Cookie', await sessions.logout(request.headers.cookie))
    response.redirect(303, '/login')
    return 'answered'
  }

  async function showForm(request: Request, response: Response): Promise<'answered'> {
    const user = (await sessions.find(request.headers.cookie))?.user
    return show(request, response, 200, { next: localPath(request.query['next']), current: user?.email })
  }

  for (const kind of linkKinds)
    router.get(`/login/${kind}`, (request, response) => {
      const language = acceptedLanguage(request.header('accept-language'))
      const html = invitationHtml(language, kind)
      sendPage(response, 200, { html, language, policy: invitationPolicy })
    })
  router.get('/login', asyncHandler(showForm))
  router.post('/login', express.urlencoded({ extended: false, limit: '8kb' }), asyncHandler(signIn))
  router.post('/logout', asyncHandler(signOut))
  if (sso !== undefined) router.use(singleSignOn(sso, show, homeOf))

  const showUnreadable: ErrorRequestHandler = (error: unknown, request, response, next) => {
    const { data } = z.object({ status: z.int().min(400).max(499) }).safeParse(error)
    if (data === undefined || response.headersSent) next(error)
    else show(request, response, data.status, { error: ({ unreadable }) => unreadable })
  }
  router.use(showUnreadable)
  return router
}

const homeOf = (permissions: readonly string[]): string =>
  editorScopeOf(permissions) === undefined ? '/dashboard' : '/editor/'

function sendPage(
  response: Response,
  status: number,
  page: { readonly html: string; readonly language: Language; readonly policy: string },
): 'answered' {
  response
    .status(status)
    .vary('Accept-Language')
    .set({
      'Cache-Control': 'no-store',
      'Content-Language': page.language,
      'Content-Security-Policy': page.policy,
      // With `no-referrer` browsers send `Origin: null` with the form, and it would be refused.
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    })
    .type('html')
    .send(page.html)
  return 'answered'
}

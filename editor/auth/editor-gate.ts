import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import { type Authenticator, credentialsOf } from '../../nodes/identity/authenticator.ts'
import { maxPasswordLength } from '../../nodes/identity/password.ts'
import { asyncHandler } from '../../nodes/identity/sign-in/async-handler.ts'
import { requireOwnOrigin, sendRefusal } from '../../nodes/identity/sign-in/require-session.ts'
import type { Sessions } from '../../nodes/identity/sign-in/sessions.ts'
import { isSafeMethod } from '../../nodes/identity/same-origin.ts'
import { problem } from '../../nodes/platform/kit/endpoints/problem.ts'
import { editorUserOf } from './editor-auth.ts'

const passwordGrant = z.object({
  grant_type: z.literal('password'),
  username: z.string().min(1).max(254),
  password: z.string().min(1).max(maxPasswordLength),
})

/**
 * Stands in front of Node-RED's admin app: `app.use('/editor', editorGate(…), RED.httpAdmin)`. Refuses what a foreign
 * page sends with our cookie, lets tools in with `Authorization: Bearer {access token}`, and puts our login in place of
 * Node-RED's.
 */
export function editorGate(authenticator: Authenticator, sessions: Sessions): Router {
  const router = express.Router()
  const form = [
    express.urlencoded({ extended: false, limit: '8kb' }),
    express.json({ limit: '8kb', strict: true }),
  ]

  router.use((request, _, next) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    // Node-RED looks for a token in one header only. The cookie goes: a request is made in one name, and the header's
    // needs no origin check, because no foreign page can set it.
    if (token !== undefined) request.headers.cookie = token
    next()
  })
  router.use(requireOwnOrigin(sessions))

  // The editor's dialog, for a session that ended while it was open: a button to our page instead of password fields.
  router.get('/auth/login', (request, response) => {
    const url = `/login?next=${encodeURIComponent(`${request.baseUrl}/`)}`
    response.json({ prompts: [{ type: 'button', label: 'Sign in', url }] })
  })

  router.post('/auth/token', form, asyncHandler(grantToken))
  router.post('/auth/revoke', form, asyncHandler(revoke))
  router.use(asyncHandler(requireDeployer))

  // Node-RED would say 401, as to nobody. Where one only looks it may: its pages offer to sign in as somebody else then.
  async function requireDeployer(request: Request, response: Response): Promise<'pass' | 'answered'> {
    if (isSafeMethod(request.method)) return 'pass'
    const authentication = await authenticator.authenticate(credentialsOf(request, request.ip))
    if (authentication.kind !== 'authenticated') return 'pass'
    const { principal } = authentication
    if (principal.kind === 'user' && editorUserOf(principal)?.permissions === '*') return 'pass'
    const refusal = problem(403, 'the permission modules:flows:flows:deploy is needed')
    sendRefusal(request, response, refusal)
    return 'answered'
  }

  // RFC 6749, 4.3, as node-red-admin and scripts use it.
  async function grantToken(request: Request, response: Response): Promise<'answered'> {
    response.set('Cache-Control', 'no-store')
    const grant = passwordGrant.safeParse(request.body)
    if (!grant.success) return answer(response, 400, { error: 'unsupported_grant_type' })
    const { password, username } = grant.data
    const outcome = await authenticator.login(username, password, request.ip ?? 'unknown')
    // Who has a second factor uses an API token, or a browser: this grant has no room for a code.
    if (outcome.kind === 'refused' || outcome.kind === 'code-needed')
      return answer(response, 400, { error: 'invalid_grant' })
    if (outcome.kind === 'throttled') {
      response.set('Retry-After', String(outcome.retryAfterSeconds))
      return answer(response, 429, { error: 'slow_down' })
    }
    const { accessToken, expiresIn, refreshToken } = outcome.tokens
    return answer(response, 200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
      refresh_token: refreshToken,
    })
  }

  // The editor's "Logout", and RFC 7009 for tools.
  async function revoke(request: Request, response: Response): Promise<'answered'> {
    const { data } = z.object({ token: z.string().min(1).max(4096) }).safeParse(request.body)
    if (data !== undefined) await authenticator.logout(data.token)
    if (sessions.isPresented(request.headers.cookie)) {
      response.append('Set-Cookie', await sessions.logout(request.headers.cookie))
    }
    return answer(response, 200, { redirect: '/login' })
  }
  return router
}

function answer(response: Response, status: number, body: object): 'answered' {
  response.status(status).json(body)
  return 'answered'
}

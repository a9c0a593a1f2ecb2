import type { Request, RequestHandler, Response } from 'express'
import { credentialsOf } from '../authenticator.ts'
import { isSafeMethod } from '../same-origin.ts'
import { type Problem, problem } from '../../platform/kit/endpoints/problem.ts'
import { problemIn } from '../../platform/kit/endpoints/problem-in.ts'
import { acceptedLanguage } from '../../platform/kit/language.ts'
import { asyncHandler } from './async-handler.ts'
import type { Sessions } from './sessions.ts'

/** Outside of operations, where no endpoint does it. */
export function sendRefusal(request: Request, response: Response, refusal: Problem): void {
  const language = acceptedLanguage(request.header('accept-language'))
  response
    .status(refusal.status)
    .vary('Accept-Language')
    .type('application/problem+json')
    .send(problemIn(language, refusal))
}

/**
 * Lets people with a session pass; sends a browser that asks for a page to the login page and answers everything else
 * with 401. For pages such as `/dashboard`; it says who, not what they may.
 */
export function requireSession(sessions: Sessions): RequestHandler {
  return asyncHandler(async (request, response) => {
    if ((await sessions.find(request.headers.cookie)) !== undefined) return 'pass'
    if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html') {
      response.set('Cache-Control', 'no-store')
      response.redirect(302, `/login?next=${encodeURIComponent(request.originalUrl)}`)
    } else {
      sendRefusal(request, response, problem(401, 'Sign in first.'))
    }
    return 'answered'
  })
}

/** Refuses a state-changing request that carries our cookie unless a page of ours sent it. */
export function requireOwnOrigin(sessions: Sessions): RequestHandler {
  return (request, response, next) => {
    const isRisky = !isSafeMethod(request.method) && sessions.isPresented(request.headers.cookie)
    if (!isRisky || sessions.isOwnOrigin(credentialsOf(request, request.ip))) {
      next()
      return
    }
    const refusal = problem(
      403,
      'The request does not come from a page of this site.',
      undefined,
      'cross-site',
    )
    sendRefusal(request, response, refusal)
  }
}

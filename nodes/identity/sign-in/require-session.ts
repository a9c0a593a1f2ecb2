import type { RequestHandler } from 'express'
import { credentialsOf } from '../authenticator.ts'
import { isSafeMethod } from '../same-origin.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { asyncHandler } from './async-handler.ts'
import type { Sessions } from './sessions.ts'

const problemType = 'application/problem+json'

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
      response.status(401).type(problemType).send(problem(401, 'Sign in first.'))
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
    response.status(403).type(problemType).send(refusal)
  }
}

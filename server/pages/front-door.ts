import type { RequestHandler } from 'express'

/**
 * Of the bare address, after all that flows serve: a browser that asks for a page is brought to the dashboard. Anything else
 * learns that there is nothing; so does everybody while flows are being started, whose route for it may only not be back yet.
 */
export const frontDoor =
  (areFlowsRunning: () => boolean): RequestHandler =>
  (request, response, next) => {
    response.vary('Accept')
    // Whoever takes anything (`*/*`, or says nothing) is a program, and gets what programs get.
    if (areFlowsRunning() && request.accepts(['json', 'html']) === 'html')
      return response.redirect(302, '/dashboard/')
    next()
  }

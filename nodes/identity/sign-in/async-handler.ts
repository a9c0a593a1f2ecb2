import type { NextFunction, Request, RequestHandler, Response } from 'express'

/** Express 4 does not look at promises: hands a rejection to its error handlers, and goes on only when told to pass. */
export function asyncHandler(
  work: (request: Request, response: Response) => Promise<'answered' | 'pass'>,
): RequestHandler {
  const run = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    let result: 'answered' | 'pass'
    try {
      result = await work(request, response)
    } catch (error) {
      next(error)
      return
    }
    if (result === 'pass') next()
  }
  return (request, response, next) => {
    void run(request, response, next)
  }
}

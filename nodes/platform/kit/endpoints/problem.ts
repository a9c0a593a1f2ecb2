import { z } from 'zod'

/** RFC 9457 problem document. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string().optional(),
})
export type Problem = z.output<typeof problemSchema>
export type FieldError = NonNullable<Problem['errors']>[number]

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not processable',
  429: 'Too many requests',
  431: 'Request headers too large',
  500: 'Internal error',
  503: 'Temporarily unavailable',
}

/** `type` is `about:blank` unless a kind is given: then the status alone does not say what happened. */
export function problem(
  status: number,
  detail?: string,
  errors?: readonly FieldError[],
  kind?: string,
): Problem {
  return {
    type: kind === undefined ? 'about:blank' : `urn:fleetloom:problem:${kind}`,
    title: titles[status] ?? 'Error',
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined || errors.length === 0 ? {} : { errors: [...errors] }),
  }
}

const fieldProblem = (status: 400 | 422, path: string, message: string): Problem =>
  problem(status, `${path}: ${message}`, [{ path, message }], 'validation')

/** 400: a part of the request is not what the operation's description says (`query.limit`, `header.X-Organization`, `body`). */
export const unreadable = (path: string, message: string): Problem => fieldProblem(400, path, message)

/** 422: the body is as described, but what it asks for breaks a rule (`body.classKey` names no class). */
export const invalid = (path: string, message: string): Problem => fieldProblem(422, path, message)

/** 409: it may be as it is, and something that is there already stands in the way; the message is a whole sentence. */
export const conflict = (path: string, message: string): Problem => problem(409, message, [{ path, message }])

/** 400 for what does not pass a schema. Names each field that does not fit, with the part of the request it is in (`body.name`, `query.limit`). */
export function problemOfIssues(part: string, issues: readonly z.core.$ZodIssue[]): Problem {
  const errors = issues.map((issue) => ({ path: [part, ...issue.path].join('.'), message: issue.message }))
  return problem(
    400,
    errors.map((error) => `${error.path}: ${error.message}`).join('; '),
    errors,
    'validation',
  )
}

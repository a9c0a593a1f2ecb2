import { z } from 'zod'
import { otherTitle, problemTitles } from './problem-titles.ts'

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

/** `type` is `about:blank` unless a kind is given: then the status alone does not say what happened. */
export function problem(
  status: number,
  detail?: string,
  errors?: readonly FieldError[],
  kind?: string,
): Problem {
  return {
    type: kind === undefined ? 'about:blank' : `urn:fleetloom:problem:${kind}`,
    title: (problemTitles[status] ?? otherTitle)['en-US'],
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

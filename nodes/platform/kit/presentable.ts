const longest = 300

/**
 * What an error says, fit for those who may not see the inside: a tenant's dead letter, a caller's answer, the line
 * under a node. Its message alone, in one line and short, without a stack and without paths of this machine. Texts and
 * plain objects count as well, since foreign code (JSONata, function nodes) throws those.
 */
export function presentable(thrown: unknown, maxLength = longest): string {
  const [beforeStack = ''] = said(thrown)
    .slice(0, longest * 10)
    .split(/\n\s+at\s/, 1)
  const line = beforeStack
    .replace(ownPath, '$1…')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  if (line === '') return 'an error without a message'
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line
}

/**
 * An absolute path or a file's address; with at least two parts, so that a division, a date or a media type is none.
 * What stands before it tells it from a topic (`org/acme/device`) or the address of a site.
 */
const ownPath =
  /(^|[\s'"`(<[=:,])(?:file:\/\/\/?|[A-Za-z]:(?=[\\/]))?(?:[\\/][\w.@+~-]+){2,}[\\/]?(?::\d+){0,2}/g

function said(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  if (typeof thrown !== 'object' || thrown === null) return typeof thrown === 'number' ? String(thrown) : ''
  return 'message' in thrown && typeof thrown.message === 'string' ? thrown.message : ''
}

/** What was thrown, as an error with its own message, for those who may see it. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(said(thrown) || 'an error without a message', { cause: thrown })
}

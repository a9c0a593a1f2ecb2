import { z } from 'zod'
import { isGranted } from '../platform/kit/endpoints/permission.ts'
import type { Authentication } from '../identity/authenticator.ts'
import type { Principal } from '../platform/kit/endpoints/principal.ts'
import { isShallowJson } from '../platform/kit/json-depth.ts'
import { presentable } from '../platform/kit/presentable.ts'
import type { AnyOperation } from '../platform/kit/endpoints/operation.ts'
import type { ByLanguage, Language } from '../platform/kit/language.ts'
import { type Problem, problem, problemOfIssues, unreadable } from '../platform/kit/endpoints/problem.ts'

export type Admission =
  | {
      readonly kind: 'admitted'
      readonly principal: Principal | undefined
      /** Set when the caller may do it with what is their own only. */
      readonly ownerId?: string
    }
  | { readonly kind: 'refused'; readonly problem: Problem }

/** Who is calling, and may they. */
export function admit(
  authentication: Authentication,
  { access, ownership }: Pick<AnyOperation, 'access' | 'ownership'>,
): Admission {
  const principal = authentication.kind === 'authenticated' ? authentication.principal : undefined
  // Whoever signs in anew may still send what has expired.
  if (access === 'public') return { kind: 'admitted', principal }
  if (authentication.kind === 'cross-site') {
    const detail = 'the request does not come from a page of this site'
    return { kind: 'refused', problem: problem(403, detail, undefined, 'cross-site') }
  }
  if (authentication.kind === 'rejected') {
    return { kind: 'refused', problem: problem(401, 'the credentials are wrong, expired or revoked') }
  }
  if (principal === undefined) return { kind: 'refused', problem: problem(401, 'credentials are needed') }
  if (access === 'signed-in' || isGranted(principal.permissions, access))
    return { kind: 'admitted', principal }
  if (ownership !== undefined && principal.kind === 'user' && isGranted(principal.permissions, ownership))
    return { kind: 'admitted', principal, ownerId: principal.userId }
  return { kind: 'refused', problem: problem(403, `the permission ${access} is needed`) }
}

export type Located =
  | { readonly kind: 'located'; readonly orgId: string }
  | { readonly kind: 'refused'; readonly problem: Problem }

/**
 * The organization that a call is about: the principal's own, or the one that a principal of several names (whether it may,
 * `Identity.mayName` says). Naming somebody else's is answered like naming none that exists.
 */
export function locate(
  operation: Pick<AnyOperation, 'scope' | 'access'>,
  principal: Principal | undefined,
  named: string | undefined,
): Located {
  const isScoped =
    operation.scope !== 'platform' && operation.access !== 'public' && operation.access !== 'signed-in'
  if (!isScoped) return { kind: 'located', orgId: principal?.orgId ?? '' }
  const isOfSeveral = principal?.kind === 'user' && principal.companyId !== undefined
  if (principal?.orgId !== undefined && !(isOfSeveral && named !== undefined && isNameable(named))) {
    return named === undefined || named === principal.orgId
      ? { kind: 'located', orgId: principal.orgId }
      : { kind: 'refused', problem: problem(404, 'no such organization') }
  }
  if (named !== undefined && named !== '') {
    return isNameable(named)
      ? { kind: 'located', orgId: named }
      : { kind: 'refused', problem: problem(404, 'no such organization') }
  }
  if (operation.scope === 'optional') return { kind: 'located', orgId: '' }
  const message = 'name the organization: X-Organization: {id}'
  return { kind: 'refused', problem: unreadable('header.X-Organization', message) }
}

export type ParsedParts =
  | { readonly kind: 'parsed'; readonly params: unknown; readonly query: unknown; readonly body: unknown }
  | { readonly kind: 'refused'; readonly problem: Problem }

/** Checks every part of a request against the operation's schemas; what has no schema must not be there or is ignored. */
export function parseParts(
  operation: Pick<AnyOperation, 'params' | 'query' | 'body' | 'bodyKind'>,
  parts: {
    readonly params: unknown
    readonly query: unknown
    readonly body: Uint8Array | undefined
    readonly text: string | undefined
    readonly stream?: AsyncIterable<Uint8Array> | undefined
  },
  language: Language = 'en-US',
): ParsedParts {
  if (Object.values(Object(parts.params)).some((value) => !isNameable(value)))
    return { kind: 'refused', problem: problem(404, 'nothing has such a name') }
  const part = parserIn(language)
  const params = part('params', operation.params, parts.params)
  if (params.kind === 'refused') return params
  const structured = structuredKey(parts.query)
  if (structured !== undefined) {
    return {
      kind: 'refused',
      problem: unreadable(`query.${structured}`, 'must be a name with plain text'),
    }
  }
  const unknown = unknownParameter(operation.query, parts.query)
  if (unknown !== undefined) {
    const message = 'is not a parameter of this operation'
    return { kind: 'refused', problem: unreadable(`query.${unknown}`, message) }
  }
  const query = part('query', operation.query, parts.query)
  if (query.kind === 'refused') return query
  if (operation.body === undefined) {
    return { kind: 'parsed', params: params.value, query: query.value, body: undefined }
  }
  if (operation.bodyKind === 'bytes') {
    if (parts.body === undefined || parts.body.length === 0) return missingBody
    return { kind: 'parsed', params: params.value, query: query.value, body: parts.body }
  }
  if (operation.bodyKind === 'stream') {
    if (parts.stream === undefined) return missingBody
    return { kind: 'parsed', params: params.value, query: query.value, body: parts.stream }
  }
  const json = parseJson(parts.text)
  if (json.kind === 'refused') return json
  const body = part('body', operation.body, json.value)
  if (body.kind === 'refused') return body
  return { kind: 'parsed', params: params.value, query: query.value, body: body.value }
}

const missingBody: ParsedParts = { kind: 'refused', problem: unreadable('body', 'is needed') }

/** Longer than any id or key is, in UTF-16 units. */
const maxNameLength = 200

/**
 * Whether something could be called so. What is asked for by a name that nothing can have is missing, like all that is
 * not there; no store needs to be asked, and some cannot be.
 */
export const isNameable = (name: unknown): boolean =>
  typeof name === 'string' && name.length <= maxNameLength && !/\p{Cc}/u.test(name) && name.isWellFormed()

/**
 * The query parser makes objects of `a[$ne]=1`. No operation takes any, so they are somebody's try at an operator, which
 * must not pass as an unknown name would.
 */
function structuredKey(query: unknown): string | undefined {
  if (typeof query !== 'object' || query === null) return undefined
  const found = Object.entries(query).find(
    ([name, value]) =>
      /[$.[\]]/.test(name) ||
      !(Array.isArray(value) ? value : [value]).every((each) => typeof each === 'string'),
  )
  return found?.[0].slice(0, 100)
}

/**
 * A name that the operation does not know. It is refused, since whoever wrote it expects it to do something: a filter
 * that is misspelt and ignored answers what was not asked.
 */
function unknownParameter(schema: z.ZodType | undefined, query: unknown): string | undefined {
  // Other schemas than objects say themselves which names they take.
  if (schema !== undefined && !(schema instanceof z.ZodObject)) return undefined
  const shape: object = schema?.shape ?? {}
  return Object.keys(Object(query))
    .find((name) => !Object.hasOwn(shape, name))
    ?.slice(0, 100)
}

type Part =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly problem: Problem }

type ParsePart = (name: string, schema: z.ZodType | undefined, value: unknown) => Part

const parserIn =
  (language: Language): ParsePart =>
  (name, schema, value) => {
    if (schema === undefined) return { kind: 'value', value: {} }
    const result = schema.safeParse(value, wordsOf[language])
    return result.success
      ? { kind: 'value', value: result.data }
      : { kind: 'refused', problem: problemOfIssues(name, result.error.issues) }
  }

/** How zod says what does not fit; what a schema says itself goes before. */
const wordsOf: ByLanguage<z.core.ParseContext<z.core.$ZodIssue>> = {
  'en-US': {},
  'pt-BR': { error: z.locales.ptBR().localeError },
  fr: { error: z.locales.fr().localeError },
}

const maxDepth = 64
const halfCharacter = /\\u[dD][89abAB]|\\u[dD][c-fC-F]/

/** Whether the escapes of a JSON text come in pairs. */
const isWellFormed = (text: string): boolean =>
  text
    .replace(/\\(?:u([\da-fA-F]{4})|.)/g, (_, code?: string) =>
      code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16)),
    )
    .isWellFormed()

const unusableBody = (message: string): Part => ({
  kind: 'refused',
  problem: unreadable('body', message),
})

function parseJson(text: string | undefined): Part {
  if (text === undefined) return unusableBody('not valid UTF-8')
  if (text === '') return { kind: 'value', value: undefined }
  if (!isShallowJson(text, maxDepth)) return unusableBody(`nested deeper than ${maxDepth}`)
  // UTF-8 has none; an escape can make one, and no store takes it.
  if (halfCharacter.test(text) && !isWellFormed(text))
    return unusableBody('half a character (a lone surrogate)')
  try {
    return { kind: 'value', value: JSON.parse(text) }
  } catch (error) {
    return unusableBody(`not JSON: ${presentable(error)}`)
  }
}

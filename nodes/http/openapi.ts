import { z } from 'zod'
import type { AnyOperation, ResponseDescription } from '../platform/kit/endpoints/operation.ts'
import { problemSchema } from '../platform/kit/endpoints/problem.ts'

type Json = Readonly<Record<string, unknown>>

export interface OpenApiDocument extends Json {
  readonly info: Json & { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
}

export interface OpenApiOperation extends Json {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly 'x-permission': string
  /** What suffices for what is the caller's own. */
  readonly 'x-own-permission'?: string
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { readonly schema: Json }>>
  }
  /** By status; `default`, `400` and `422` are references. */
  readonly responses: Readonly<Record<string, Json & { readonly description?: string }>>
}

export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Json
}

/** The OpenAPI 3.1 document of these operations, from the schemas that check their requests. */
export function toOpenApi(
  operations: readonly AnyOperation[],
  options: { readonly version: string; readonly url: string },
): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}')
    ;(paths[path] ??= {})[operation.method] = describeOperation(operation)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fleetloom',
      version: options.version,
      description:
        'Times are ISO 8601 UTC. Errors are RFC 9457 problem documents: 400 for a request that is not as described here, ' +
        '422 for a body that is and breaks a rule. Lists take `limit` and `cursor`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.url }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token, or an API key' },
        device: { type: 'http', scheme: 'basic', description: "The device's id and password" },
        session: { type: 'apiKey', in: 'cookie', name: 'fleetloom' },
      },
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      responses: {
        Problem: problemResponse('What went wrong'),
        Unreadable: problemResponse('A part of the request is not as described here; names the field'),
        Invalid: problemResponse('The body is as described here and breaks a rule; names the field'),
      },
    },
  }
}

function describeOperation(operation: AnyOperation): OpenApiOperation {
  const parameters = [
    ...parametersOf('path', operation.params),
    ...parametersOf('query', operation.query),
    ...(isScoped(operation) ? [organizationHeader] : []),
    ...(operation.isOncePerKey === true ? [idempotencyHeader] : []),
  ]
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    'x-permission': operation.access,
    ...(operation.ownership === undefined ? {} : { 'x-own-permission': operation.ownership }),
    security: securityOf(operation),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined
      ? {}
      : { requestBody: requestBodyOf(operation.body, operation.bodyKind) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.responses).map(([status, response]) => [status, describeResponse(response)]),
      ),
      ...(takesAnything(operation) ? { 400: { $ref: '#/components/responses/Unreadable' } } : {}),
      ...(takesJson(operation) ? { 422: { $ref: '#/components/responses/Invalid' } } : {}),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

const isScoped = ({ access, scope }: AnyOperation): boolean =>
  scope !== 'platform' && access.startsWith('modules:')

const problemResponse = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

const takesJson = ({ body, bodyKind }: AnyOperation): boolean =>
  body !== undefined && (bodyKind ?? 'json') === 'json'

const takesAnything = (operation: AnyOperation): boolean =>
  operation.query !== undefined || operation.body !== undefined || isScoped(operation)

function describeResponse({ description, schema, content }: ResponseDescription): Json {
  const bodies = { ...(schema === undefined ? {} : { 'application/json': schema }), ...content }
  const described = Object.entries(bodies).map(([type, one]) => [type, { schema: jsonSchema(one, 'output') }])
  return { description, ...(described.length === 0 ? {} : { content: Object.fromEntries(described) }) }
}

const organizationHeader: OpenApiParameter = {
  name: 'X-Organization',
  in: 'header',
  required: false,
  description: 'The organization, for those who have more than one',
  schema: { type: 'string' },
}

const idempotencyHeader: OpenApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description:
    'Names the request: sent again within 24 hours it gets the answer of the first; with another body it is 422',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

function securityOf(operation: AnyOperation): readonly Json[] {
  if (operation.takesBearer === true) return [{ bearer: [] }]
  if (operation.access === 'public') return []
  const people = [{ bearer: [] }, { session: [] }]
  return operation.tag === 'ingest' ? [{ device: [] }, ...people] : people
}

function requestBodyOf(
  schema: z.ZodType,
  kind: AnyOperation['bodyKind'],
): NonNullable<OpenApiOperation['requestBody']> {
  if (kind === 'stream')
    return { required: true, content: { 'text/csv': { schema: {} }, 'application/x-ndjson': { schema: {} } } }
  return kind === 'bytes'
    ? { required: true, content: { 'application/json': { schema: {} } } }
    : {
        required: !schema.safeParse(undefined).success,
        content: { 'application/json': { schema: jsonSchema(schema, 'input') } },
      }
}

function parametersOf(place: 'path' | 'query', schema: z.ZodType | undefined): readonly OpenApiParameter[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const {
    $schema: _,
    $defs: __,
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
    override: ({ jsonSchema: one }) => {
      if (one.pattern !== undefined) one.pattern = portable(one.pattern)
    },
  })
  return withoutLocalReferences(rest)
}

/** JSON Schema advises against escapes by category (2020-12, 6.4), which Python and others do not know. */
const portable = (pattern: string): string =>
  pattern.replaceAll(String.raw`\p{Cc}`, String.raw`\x00-\x1f\x7f-\x9f`)

/**
 * What contains itself (`z.json()`, say) refers to `#/$defs/…` of its own schema, which within the document would mean
 * the document's: it is left open instead.
 */
function withoutLocalReferences(schema: Json): Json {
  const { $ref } = schema
  if (typeof $ref === 'string' && $ref.startsWith('#/$defs/')) return {}
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, openWithin(value)]))
}

function openWithin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openWithin)
  return isJson(value) ? withoutLocalReferences(value) : value
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null

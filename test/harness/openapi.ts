import { z } from 'zod'
import type { ApiClient } from './api-client.ts'

const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.unknown()),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean(), schema: z.json() }))
    .optional(),
  'x-permission': z.string(),
  'x-own-permission': z.string().optional(),
  requestBody: z
    .object({ content: z.record(z.string(), z.object({ schema: z.json() })) })
    .loose()
    .optional(),
})
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
})

export interface DescribedOperation {
  readonly id: string
  readonly method: string
  /** With `{name}` for parameters. */
  readonly path: string
  readonly isPublic: boolean
  /** What it takes, and what is enough for one's own; a permission, `signed-in` or `public`. */
  readonly permission: string
  readonly ownPermission: string | undefined
  /** Whether an organization counts. */
  readonly isScoped: boolean
  readonly bodySchema: unknown
  /** CSV, in place of JSON. */
  readonly takesLines: boolean
  /** Of its query. */
  readonly queryNames: readonly string[]
  /** The least that its query needs, with the question mark; empty when it needs nothing. */
  readonly query: string
}

/** The operations as the platform describes them itself. */
export async function describedOperations(api: ApiClient): Promise<readonly DescribedOperation[]> {
  const { paths } = await api.get(documentSchema, '/api/v1/openapi.json')
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody, security, ...named }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      isPublic: security.length === 0,
      permission: named['x-permission'],
      ownPermission: named['x-own-permission'],
      isScoped: parameters?.some(({ name }) => name === 'X-Organization') === true,
      takesLines: requestBody?.content['text/csv'] !== undefined,
      bodySchema: requestBody?.content['application/json']?.schema,
      queryNames: (parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name),
      query: leastQuery(parameters ?? []),
    })),
  )
}

function leastQuery(parameters: NonNullable<z.output<typeof operationSchema>['parameters']>): string {
  const needed = parameters.filter((parameter) => parameter.in === 'query' && parameter.required)
  const pairs = needed.map(({ name, schema }) => [name, String(sampleOf(schema))])
  return pairs.length === 0 ? '' : `?${String(new URLSearchParams(pairs))}`
}

export const fill = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'nobody'))

const schemaSchema = z.looseObject({
  type: z.string().optional(),
  const: z.json().optional(),
  enum: z.array(z.json()).optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  anyOf: z.array(z.json()).optional(),
  oneOf: z.array(z.json()).optional(),
  items: z.json().optional(),
  minItems: z.number().optional(),
  required: z.array(z.string()).optional(),
  default: z.json().optional(),
  properties: z.record(z.string(), z.json()).optional(),
})

const partsOf = (schema: unknown): Partial<z.output<typeof schemaSchema>> =>
  schemaSchema.safeParse(schema).data ?? {}

export const propertiesOf = (schema: unknown): Readonly<Record<string, unknown>> =>
  partsOf(schema).properties ?? {}
export const itemsOf = (schema: unknown): unknown => partsOf(schema).items
/** What it may be, where that is one of several things. */
export const variantsOf = (schema: unknown): readonly unknown[] => {
  const { anyOf = [], oneOf = [] } = partsOf(schema)
  return [...anyOf, ...oneOf]
}

/** Whether it takes any text, or a list of them; undefined for what is chosen of a few, and all else. */
export function takesText(schema: unknown): 'one' | 'list' | undefined {
  const { const: only, enum: choice, items, type } = partsOf(schema)
  if (only !== undefined || choice !== undefined) return undefined
  if (type === 'string') return 'one'
  if (type === 'array') return takesText(items) === 'one' ? 'list' : undefined
  return variantsOf(schema)
    .map(takesText)
    .find((taken) => taken !== undefined)
}

/** The least that a JSON schema lets through, patterns aside. */
export function sampleOf(schema: unknown): unknown {
  const known = schemaSchema.safeParse(schema).data
  if (known === undefined) return null
  if (known.const !== undefined) return known.const
  if (known.enum !== undefined) return known.enum[0]
  const [variant] = known.anyOf ?? known.oneOf ?? []
  if (variant !== undefined) return sampleOf(variant)
  if (known.type === 'object') {
    const needed = (known.required ?? []).filter(
      (name) => schemaSchema.safeParse(known.properties?.[name]).data?.default === undefined,
    )
    return Object.fromEntries(needed.map((name) => [name, sampleOf(known.properties?.[name])]))
  }
  if (known.type === 'array') return Array.from({ length: known.minItems ?? 0 }, () => sampleOf(known.items))
  if (known.type === 'string') return known.format === 'date-time' ? '2025-01-01T00:00:00Z' : 'sample'
  if (known.type === 'boolean') return true
  return known.type === undefined ? null : (known.minimum ?? 1)
}

import { z } from 'zod'

export type Control =
  | {
      readonly kind: 'number'
      readonly min: number | null
      readonly max: number | null
      readonly integer: boolean
    }
  | { readonly kind: 'text'; readonly pattern: string | null }
  | { readonly kind: 'long-text' }
  /** A text property that holds JSON. */
  | { readonly kind: 'json' }
  /** A property that is an array or an object, edited as JSON. */
  | { readonly kind: 'value' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** The id of a configuration node of this type. */
  | { readonly kind: 'config-node'; readonly nodeType: string }
  /** The width of a widget of the Dashboard, shown together with its height. */
  | { readonly kind: 'widget-size' }
  /** Edited elsewhere: a place in an order that the sidebar knows, say. */
  | { readonly kind: 'hidden' }

/** One property of a node as its form shows it. */
export interface Field {
  readonly name: string
  readonly default: unknown
  readonly control: Control
}

export interface Fields {
  readonly fields: readonly Field[]
  /** One sentence for each property that cannot be edited, or not safely. */
  readonly problems: readonly string[]
}

/** What every widget of the Dashboard has, and says alike. */
export const isCommon = ({ control: { kind } }: Field): boolean =>
  kind === 'config-node' || kind === 'widget-size' || kind === 'hidden'

/** The part of JSON Schema that forms are made of. */
const propertySchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  pattern: z.string().optional(),
  /** `.meta({ editor: … })` in the node's schema: `json`, `text`, `hidden`, `widget-size`, or the type of a configuration node. */
  editor: z.string().optional(),
})
type Property = z.output<typeof propertySchema>

/** Names that Node-RED's editor keeps for itself. */
const reserved = new Set(
  'id type name wires changed dirty inputLabels moved outputLabels selected users valid'.split(' '),
)

/** The form's fields, in the schema's order. */
export function fieldsOf(schema: z.ZodObject): Fields {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })
  const properties = Object.entries(z.record(z.string(), propertySchema).parse(json.properties ?? {}))
  const fields: Field[] = []
  const problems: string[] = []
  for (const [name, property] of properties) {
    const control = controlOf(property)
    if (reserved.has(name) || name.length === 1) problems.push(`${name}: Node-RED uses this name itself`)
    else if (!('default' in property)) problems.push(`${name}: needs a default`)
    else if (control === undefined) problems.push(`${name}: no form field fits its schema`)
    else if (control.kind === 'number' && !takesText(schema, name, property.default))
      problems.push(`${name}: a form gives text; say z.coerce.number()`)
    else fields.push({ name, default: property.default, control })
  }
  return { fields, problems }
}

function controlOf(property: Property): Control | undefined {
  const { type, enum: choices, minimum, maximum } = property
  if (property.editor === 'hidden' || property.editor === 'widget-size') return { kind: property.editor }
  if (property.editor?.startsWith('ui-') === true) return { kind: 'config-node', nodeType: property.editor }
  if (choices?.every((choice) => typeof choice === 'string') === true) return { kind: 'choice', choices }
  if (type === 'boolean') return { kind: 'flag' }
  if (type === 'string') return textControl(property)
  if (type === 'array' || type === 'object') return { kind: 'value' }
  if (type !== 'number' && type !== 'integer') return undefined
  return { kind: 'number', min: bound(minimum), max: bound(maximum), integer: type === 'integer' }
}

function textControl(property: Property): Control {
  if (property.editor === 'json') return { kind: 'json' }
  const isLong = property.editor === 'text' || String(property.default).includes('\n')
  return isLong ? { kind: 'long-text' } : { kind: 'text', pattern: property.pattern ?? null }
}

/** Zod gives every integer the bounds of exact arithmetic; they say nothing to a person. */
const bound = (value: number | undefined): number | null =>
  value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value

function takesText(schema: z.ZodObject, name: string, value: unknown): boolean {
  const property = schema.shape[name]
  return property !== undefined && z.safeParse(property, String(value)).success
}

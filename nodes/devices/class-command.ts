import { z } from 'zod'
import { pathSchema } from './payload-path.ts'
import { closedTemplateSchema } from './topic-template.ts'

/** What may stand between `{{` and `}}`. */
export const placeholders = ['value', 'commandId', 'action', 'device', 'org', 'ts'] as const
export type Placeholder = (typeof placeholders)[number]

/** In a text, where they are. */
export const placeholderPattern = /\{\{\s*([A-Za-z]+)\s*\}\}/g

const isPlaceholder = (name: string): name is Placeholder => placeholders.some((each) => each === name)

const unknownPlaceholder = (text: string): string | undefined =>
  Array.from(text.matchAll(placeholderPattern), ([, name = '']) => name).find((name) => !isPlaceholder(name))

type Json = z.core.util.JSONType

const textsOf = (template: Json): readonly string[] => {
  if (typeof template === 'string') return [template]
  if (typeof template !== 'object' || template === null) return []
  return Array.isArray(template)
    ? template.flatMap(textsOf)
    : Object.entries(template).flatMap(([key, value]) => [key].concat(textsOf(value)))
}

const maxTemplate = 4096

/** A text is published as it is, anything else as JSON; what stands in double braces is put in. */
export const payloadTemplateSchema = z
  .json()
  .refine((template) => JSON.stringify(template).length <= maxTemplate, `must be at most ${maxTemplate} long`)
  .refine((template) => textsOf(template).every((text) => unknownPlaceholder(text) === undefined), {
    message: `may only have ${placeholders.map((name) => `{{${name}}}`).join(', ')}`,
  })
export type PayloadTemplate = z.output<typeof payloadTemplateSchema>

const scalarSchema = z.union([z.string().max(256), z.number(), z.boolean()])

const acknowledgedSchema = z.discriminatedUnion('by', [
  /** The device answers there, in JSON or in plain words: those are at the path `value`. */
  z.strictObject({
    by: z.literal('topic'),
    topic: closedTemplateSchema,
    /** Where the answer has the `commandId`; without, it is about the oldest command that it fits. */
    correlation: pathSchema.optional(),
    /** Where an answer has what shows that it is the one. */
    path: pathSchema.optional(),
    /** What stands there then; without, anything. */
    equals: z.union([scalarSchema, z.null()]).optional(),
    /** The device refused: something stands there, or one of the words. */
    error: z
      .strictObject({ path: pathSchema, words: z.array(z.string().max(256)).min(1).max(32).optional() })
      .optional(),
  }),
  /** What the device reports has the value. */
  z.strictObject({
    by: z.literal('reported'),
    /** The field that the command moves if it is not given. */
    field: pathSchema.optional(),
    equals: z.union([scalarSchema, z.null()]).optional(),
  }),
])
export type Acknowledged = z.output<typeof acknowledgedSchema>

export const commandSchema = z.strictObject({
  name: z.string().min(1).max(64),
  value: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('none') }),
      z.strictObject({ type: z.literal('integer'), min: z.int(), max: z.int() }),
      z.strictObject({ type: z.literal('number'), min: z.number(), max: z.number() }),
      z.strictObject({ type: z.literal('boolean') }),
      z.strictObject({ type: z.literal('string'), maxLength: z.int().min(1).max(4096) }),
    ])
    .default({ type: 'none' }),
  /** The reported field that the command moves. */
  movesField: pathSchema.optional(),
  /** What the field is afterwards, for an action that takes no value; true for `turnOn` and false for `turnOff` by default. */
  movesTo: z.union([z.number(), z.boolean(), z.string().max(64)]).optional(),
  /** In the words of the make; without, `{"commandId","action","value"?,"ts"}` on the class's command topic. */
  send: z
    .strictObject({
      topic: closedTemplateSchema.optional(),
      payload: payloadTemplateSchema,
      /** What a value is called, where it has another name: `{"true":"ON","false":"OFF"}`. */
      words: z
        .record(z.string().max(64), scalarSchema)
        .refine((words) => Object.keys(words).length <= 64, 'must have 64 words at most')
        .default({}),
    })
    .optional(),
  /** What counts as the device's yes; without, its answer on the class's `cmdres` topic that names the `commandId`. */
  acknowledged: acknowledgedSchema.optional(),
  /** `COMMAND_ACK_TIMEOUT_MS` by default. */
  ackTimeoutMs: z.int().min(100).max(3_600_000).optional(),
  attempts: z.int().min(1).max(10).default(3),
  backoffMs: z.int().min(0).max(3_600_000).default(0),
})
export type ClassCommand = z.output<typeof commandSchema>

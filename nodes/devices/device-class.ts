import { z } from 'zod'
import { classKeySchema, portNumberSchema } from '../platform/identifiers.ts'

/** What arrives from, or goes to, a device; one topic template each. */
export const channels = ['telemetry', 'lifecycle', 'events', 'command', 'cmdres'] as const
export type Channel = (typeof channels)[number]

/** `{org}` and `{device}` each fill a whole topic level; the device must be in it, or publishers could not be told apart. */
const topicTemplateSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(?!\$)[^+#\0]+$/, 'must not have wildcards or begin with $')
  .refine((template) => template.split('/').includes('{device}'), 'must have {device} as one of its levels')
  .refine(
    (template) =>
      template.split('/').every((level) => !/[{}]/.test(level) || level === '{org}' || level === '{device}'),
    'may only have {org} and {device}, each as a whole level',
  )

const pathSchema = z
  .string()
  .regex(/^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*$/, 'must be a dotted path such as env.temperature')
  .refine(
    (path) =>
      path.split('.').every((key) => key !== '__proto__' && key !== 'constructor' && key !== 'prototype'),
    'must not name a prototype',
  )

export const decodeSchema = z.discriminatedUnion('shape', [
  /** `{"ts"?, "readings":[{"port","value","ts"?}]}` */
  z.strictObject({ shape: z.literal('readings') }),
  /** A JSON object whose paths map to ports. Booleans count as 0 and 1. */
  z.strictObject({
    shape: z.literal('fields'),
    tsPath: pathSchema.default('ts'),
    fields: z
      .array(z.strictObject({ path: pathSchema, port: portNumberSchema }))
      .min(1)
      .max(256),
  }),
  /** A JSONata expression over the parsed payload that gives the `readings` shape. */
  z.strictObject({ shape: z.literal('jsonata'), expression: z.string().min(1).max(8192) }),
])

export const classPortSchema = z.strictObject({
  port: portNumberSchema,
  name: z.string().min(1).max(100),
  unit: z.string().max(20).default(''),
  /** Valid range of the calibrated value; outside it the quality is `out-of-range`. */
  min: z.number().optional(),
  max: z.number().optional(),
  scaling: z.number().default(1),
  offset: z.number().default(0),
})

const commandSchema = z.strictObject({
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
  ackTimeoutMs: z.int().min(100).max(3_600_000).default(30_000),
  attempts: z.int().min(1).max(10).default(3),
  backoffMs: z.int().min(0).max(3_600_000).default(0),
})

export const deviceClassSchema = z.strictObject({
  key: classKeySchema,
  name: z.string().min(1).max(100),
  description: z.string().max(1000).default(''),
  topics: z.strictObject({
    telemetry: topicTemplateSchema,
    lifecycle: topicTemplateSchema.optional(),
    events: topicTemplateSchema.optional(),
    command: topicTemplateSchema.optional(),
    cmdres: topicTemplateSchema.optional(),
  }),
  decode: decodeSchema,
  ports: z.array(classPortSchema).max(1024).default([]),
  /**
   * `class`: every device has the class's ports; a device may only re-calibrate them. `device`: a device that was
   * registered with ports has exactly those.
   */
  portsFrom: z.enum(['class', 'device']).default('class'),
  /** Payload paths kept as the device's reported state. */
  reported: z.array(pathSchema).max(64).default([]),
  commands: z.array(commandSchema).max(64).default([]),
  events: z
    .array(z.strictObject({ name: z.string().min(1).max(64) }))
    .max(64)
    .default([]),
  reportingIntervalMs: z.int().min(100).max(86_400_000).default(120_000),
  /** Silence after which a device counts as offline although nobody said so. */
  offlineAfterMs: z
    .int()
    .min(1000)
    .max(7 * 86_400_000)
    .default(300_000),
  /** A reading that arrives later than this after its own time has the quality `late`. */
  lateAfterMs: z.int().min(1000).default(600_000),
  bookable: z.boolean().default(false),
  /** How long readings stay in the series before they go to the archive; see `telemetry/retention.ts`. */
  retentionDays: z.int().min(1).max(36_500).optional(),
  /** Grows with each change; set by the platform. */
  version: z.int().min(1).default(1),
})

export type DeviceClass = z.output<typeof deviceClassSchema>
export type DeviceClassInput = z.input<typeof deviceClassSchema>
export type ClassPort = z.output<typeof classPortSchema>
export type Decode = z.output<typeof decodeSchema>

/** The exact topic of one device. */
export function topicFor(template: string, orgId: string, deviceId: string): string {
  return template
    .split('/')
    .map((level) => (level === '{org}' ? orgId : level === '{device}' ? deviceId : level))
    .join('/')
}

/** The canonical topics for a new class. */
export const canonicalTopics = {
  telemetry: 'org/{org}/device/{device}/telemetry',
  lifecycle: 'org/{org}/device/{device}/lifecycle',
  events: 'org/{org}/device/{device}/events',
  command: 'org/{org}/device/{device}/command',
  cmdres: 'org/{org}/device/{device}/cmdres',
} as const satisfies Record<Channel, string>

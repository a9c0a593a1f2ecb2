import { z } from 'zod'
import { decodeSchema } from './class-decode.ts'
import { childrenPolicySchema } from './children-policy.ts'
import { commandSchema } from './class-command.ts'
import { upcastClass } from './class-upcast.ts'
import { classKeySchema, portNumberSchema } from '../platform/identifiers.ts'
import { passwordRuleSchema } from './password-rule.ts'
import { pathSchema } from './payload-path.ts'
import { closedTemplateSchema, overlap, topicTemplateSchema } from './topic-template.ts'

/** What arrives from, or goes to, a device; one topic template each. */
export const channels = ['telemetry', 'lifecycle', 'events', 'command', 'cmdres'] as const
export type Channel = (typeof channels)[number]

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

/** Documents of version 2; see {@link upcastClass} for those of before. */
export const deviceClassSchema = z.strictObject({
  key: classKeySchema,
  name: z.string().min(1).max(100),
  description: z.string().max(1000).default(''),
  /** Where telemetry comes in, and what it means there; where two fit, one without open levels, then the first. */
  telemetry: z
    .array(z.strictObject({ topic: topicTemplateSchema, decode: decodeSchema }))
    .min(1)
    .max(32),
  topics: z
    .strictObject({
      lifecycle: topicTemplateSchema.optional(),
      events: topicTemplateSchema.optional(),
      command: closedTemplateSchema.optional(),
      cmdres: topicTemplateSchema.optional(),
    })
    .default({}),
  /** The words of a lifecycle payload: at the path of its JSON, or all of it. `{"status":"online"}` without it. */
  lifecycle: z
    .strictObject({
      path: pathSchema.optional(),
      online: z.array(z.string().min(1).max(64)).min(1).max(16),
      offline: z.array(z.string().min(1).max(64)).min(1).max(16),
    })
    .optional(),
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
  /**
   * Which value of a port stays when a device gives two for one instant. The other one is a dead letter (`conflict`).
   */
  onConflict: z.enum(['first', 'last']).default('first'),
  /**
   * Of messages that come by HTTP with an ingest key, for many devices: where in the payload the address of the device stands that
   * one is about.
   */
  ingest: z.strictObject({ device: pathSchema }).optional(),
  /** What becomes of a publish on a topic that is no device's: the connection is closed, or it is only counted. */
  unknownTopics: z.enum(['refuse', 'ignore']).default('refuse'),
  /**
   * `any`: at the broker in the process, devices may subscribe to more than their commands, such as `cmnd/#`; their commands
   * and those of their children are all that comes.
   */
  subscriptions: z.enum(['own', 'any']).default('own'),
  /** `any`: at the broker in the process, devices may call themselves as their maker has it. */
  clientIds: z.enum(['own', 'any']).default('own'),
  /** Whom devices of this class may bring along as their children; absent, all are registered beforehand. */
  children: childrenPolicySchema.optional(),
  /** What its devices can take as a password; 43 characters of base64url if absent. */
  password: passwordRuleSchema.optional(),
  bookable: z.boolean().default(false),
  /** How long readings stay in the series before they go to the archive; see `telemetry/retention.ts`. */
  retentionDays: z.int().min(1).max(36_500).optional(),
  /** Grows with each change; set by the platform. */
  version: z.int().min(1).default(1),
})

export type DeviceClass = z.output<typeof deviceClassSchema>
export type DeviceClassInput = z.input<typeof deviceClassSchema>
export type ClassPort = z.output<typeof classPortSchema>
export type TelemetryEntry = DeviceClass['telemetry'][number]

/** A class as a person writes it down: of version 1, too, and without what the platform sets. */
export const writtenClassSchema = z.preprocess(upcastClass, deviceClassSchema.omit({ version: true }))
export const changedClassSchema = z.preprocess(
  upcastClass,
  deviceClassSchema.omit({ version: true, key: true }),
)

export type ClassTopics = Pick<DeviceClass, 'telemetry' | 'topics'> & Partial<Pick<DeviceClass, 'commands'>>

/** Where answers to commands come in that are not as ours, each once. */
export const answerTemplatesOf = ({ commands = [] }: Pick<ClassTopics, 'commands'>): readonly string[] => [
  ...new Set(
    commands.flatMap(({ acknowledged }) => (acknowledged?.by === 'topic' ? acknowledged.topic : [])),
  ),
]

/** All templates of a class, each with what it is for. An answer on a topic that is something else already has that. */
export function templatesOf({
  commands = [],
  telemetry,
  topics,
}: ClassTopics): readonly { readonly channel: Channel; readonly template: string }[] {
  const named = channels.flatMap((channel): { channel: Channel; template: string }[] => {
    if (channel === 'telemetry') return telemetry.map(({ topic }) => ({ channel, template: topic }))
    const template = topics[channel]
    return template === undefined ? [] : [{ channel, template }]
  })
  const sent = commands.flatMap(({ send }) => send?.topic ?? [])
  const answers = answerTemplatesOf({ commands }).filter((topic) =>
    named.every(({ channel, template }) => channel === 'command' || !overlap(template, topic)),
  )
  return [
    ...named,
    ...[...new Set(sent)]
      .filter((template) => template !== topics.command)
      .map((template) => ({ channel: 'command' as const, template })),
    ...answers.map((template) => ({ channel: 'cmdres' as const, template })),
  ]
}

/** The canonical topics for a new class. */
export const canonicalTopics = {
  telemetry: 'org/{org}/device/{device}/telemetry',
  lifecycle: 'org/{org}/device/{device}/lifecycle',
  events: 'org/{org}/device/{device}/events',
  command: 'org/{org}/device/{device}/command',
  cmdres: 'org/{org}/device/{device}/cmdres',
} as const satisfies Record<Channel, string>

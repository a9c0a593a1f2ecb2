import { z } from 'zod'
import { portNumberSchema } from '../platform/identifiers.ts'
import { isTimeZone } from '../platform/kit/zone.ts'
import { pathSchema } from './payload-path.ts'

export const timeZoneSchema = z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Rome')

export const timeFormats = ['standard', 'iso', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns', 'auto'] as const

const formatShape = {
  /**
   * `standard`: ISO 8601 with a zone, or epoch milliseconds. `auto`: ISO 8601, or an epoch number whose unit shows by
   * its magnitude. Epoch numbers may be text.
   */
  format: z.enum(timeFormats).default('auto'),
  /** Of times without a zone; a device's own goes before it. */
  zone: timeZoneSchema.optional(),
}

const timeSchema = z.strictObject({
  path: pathSchema.default('ts'),
  ...formatShape,
  /** What becomes of a time before 2016: `receipt` takes the time of receipt and marks the reading `suspect`. */
  clockNotSet: z.enum(['refuse', 'receipt']).default('refuse'),
})

const layoutTypes = [
  'u8',
  'i8',
  'u16',
  'i16',
  'u24',
  'i24',
  'u32',
  'i32',
  'u64',
  'i64',
  'f32',
  'f64',
] as const

const layoutSchema = z
  .array(
    z.strictObject({
      /** The path by which `fields` or an expression finds it. */
      name: z.string().regex(/^[A-Za-z_$][A-Za-z0-9_$-]{0,63}$/, 'must be a name'),
      /** From the first byte; a negative one from the end. */
      offset: z.int().min(-65_536).max(65_535),
      type: z.enum(layoutTypes),
      endian: z.enum(['big', 'little']).default('big'),
      /** Bits of a whole number, counted from the lowest. */
      bits: z.strictObject({ from: z.int().min(0).max(31), count: z.int().min(1).max(32) }).optional(),
      scale: z.number().default(1),
      add: z.number().default(0),
    }),
  )
  .min(1)
  .max(256)

const compression = z.enum(['none', 'gzip', 'deflate']).default('none')

export const payloadSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('json'),
    compression,
    /** `nan` and `Infinity` count as null. */
    lenient: z.boolean().default(false),
    /** Bytes within the JSON, which are put in as `bytes`. */
    inner: z
      .strictObject({
        path: pathSchema,
        encoding: z.enum(['base64', 'hex']).default('base64'),
        layout: layoutSchema,
      })
      .optional(),
  }),
  /** `{"value": text}` */
  z.strictObject({ kind: z.literal('text'), compression }),
  /** `{"value": number}` */
  z.strictObject({ kind: z.literal('number'), compression }),
  /** By its layout, or JSON. */
  z.strictObject({ kind: z.literal('base64'), compression, layout: layoutSchema.optional() }),
  z.strictObject({ kind: z.literal('bytes'), compression, layout: layoutSchema }),
  /** RFC 8949: as the JSON that says the same; see `decode/cbor.ts`. */
  z.strictObject({ kind: z.literal('cbor'), compression }),
])

const valueRulesSchema = z.strictObject({
  /** `"23.5"` */
  numericText: z.boolean().default(false),
  /** `"23,5"` and `"1.234,5"` */
  decimalComma: z.boolean().default(false),
  /** `"23.5 °C"` */
  unitSuffix: z.boolean().default(false),
  /** `{"ON": 1, "OFF": 0}`, whatever their case. */
  words: z
    .record(z.string().min(1).max(64), z.number())
    .refine((words) => Object.keys(words).length <= 256, 'must have 256 words at most')
    .default({}),
  /** What a sensor sends when it has no value; an empty list, too, by `[]`. */
  noValue: z
    .array(z.union([z.number(), z.string().max(64), z.array(z.unknown()).max(0)]))
    .max(32)
    .default([]),
})

const portSchema = z.union([
  portNumberSchema,
  /** The level of the topic names the port. */
  z.strictObject({
    level: z.string().min(1).max(32),
    ports: z.record(z.string().max(128), portNumberSchema),
  }),
])

const samplesSchema = z.strictObject({
  /** Of an array, each of which has values of its own; what is no object counts as `{"value": …}`. */
  path: pathSchema.optional(),
  /** Where each has a time of its own. */
  time: z.strictObject({ path: pathSchema, ...formatShape }).optional(),
  /** Where each says how far it is from the message's time. */
  offset: z
    .strictObject({
      path: pathSchema,
      unit: z.enum(['ms', 's', 'min']).default('ms'),
      before: z.boolean().default(false),
    })
    .optional(),
  /** Where each comes this long after the one before; the first has the message's time. */
  stepMs: z.number().min(-86_400_000).max(86_400_000).optional(),
})

const common = {
  payload: payloadSchema.default({ kind: 'json', compression: 'none', lenient: false }),
  time: timeSchema.default({ path: 'ts', format: 'standard', clockNotSet: 'refuse' }),
  values: valueRulesSchema.default({
    numericText: false,
    decimalComma: false,
    unitSuffix: false,
    words: {},
    noValue: [],
  }),
}

export const decodeSchema = z.discriminatedUnion('shape', [
  /** `{"ts"?, "readings":[{"port","value","ts"?}]}` */
  z.strictObject({ shape: z.literal('readings'), ...common }),
  /** A JSON object whose paths map to ports. Booleans count as 0 and 1. */
  z.strictObject({
    shape: z.literal('fields'),
    ...common,
    fields: z
      .array(z.strictObject({ path: pathSchema, port: portSchema, values: valueRulesSchema.optional() }))
      .min(1)
      .max(256),
    samples: samplesSchema.optional(),
  }),
  /** A JSONata expression over the parsed payload that gives the `readings` shape. */
  z.strictObject({
    shape: z.literal('jsonata'),
    ...common,
    expression: z.string().min(1).max(8192),
    /** `message`: the expression is about `{payload, topic, levels}`. */
    input: z.enum(['payload', 'message']).default('payload'),
  }),
  /**
   * Of a gateway that speaks for its children by one payload: a JSONata expression that gives `[{device, payload}]`. Each goes on as
   * a message of the child with that address, on its class's first telemetry topic.
   */
  z.strictObject({
    shape: z.literal('children'),
    ...common,
    expression: z.string().min(1).max(8192),
    input: z.enum(['payload', 'message']).default('payload'),
  }),
  /** Only what the class keeps as reported. */
  z.strictObject({ shape: z.literal('none'), ...common }),
])

export type Decode = z.output<typeof decodeSchema>
export type FieldsDecode = Extract<Decode, { shape: 'fields' }>
export type Payload = z.output<typeof payloadSchema>
export type Layout = z.output<typeof layoutSchema>
export type ValueRules = z.output<typeof valueRulesSchema>
export type TimeRule = Pick<z.output<typeof timeSchema>, 'format' | 'zone'> &
  Partial<Pick<z.output<typeof timeSchema>, 'clockNotSet'>>

const isQuoted = (path: string): boolean => path.includes('"')

/** Whether it says no more than documents of version 1 could: then the payload takes the shortest way. */
export function isPlain({ payload, time, values, ...decode }: Decode): boolean {
  const { decimalComma, noValue, numericText, unitSuffix, words } = values
  return (
    payload.kind === 'json' &&
    payload.compression === 'none' &&
    !payload.lenient &&
    payload.inner === undefined &&
    time.format === 'standard' &&
    time.zone === undefined &&
    time.clockNotSet === 'refuse' &&
    !isQuoted(time.path) &&
    !(decimalComma || numericText || unitSuffix) &&
    noValue.length === 0 &&
    Object.keys(words).length === 0 &&
    ((decode.shape === 'readings' && time.path === 'ts') ||
      (decode.shape === 'jsonata' && decode.input === 'payload' && time.path === 'ts') ||
      (decode.shape === 'fields' &&
        decode.samples === undefined &&
        decode.fields.every(
          ({ path, port, values: own }) => typeof port === 'number' && own === undefined && !isQuoted(path),
        )))
  )
}

import { z } from 'zod'
import { portNumberSchema as port } from '../platform/identifiers.ts'

const value = z.number()
const dayMs = 24 * 3_600_000
/** Looked back over when the process starts, so it has an end. */
export const longestMs = 7 * dayMs
export const durationSchema = z.int().min(1).max(longestMs)

const ordered = { message: 'must not be less than low', path: ['high'] }
const isOrdered = ({ high, low }: { readonly high: number; readonly low: number }): boolean => low <= high

/** Strict: exactly at `value` is not above. */
const aboveSchema = z
  .strictObject({ kind: z.literal('above'), port, value, clearAt: value.optional() })
  .refine(({ clearAt, value: limit }) => clearAt === undefined || clearAt <= limit, {
    message: 'must not be above value',
    path: ['clearAt'],
  })
const belowSchema = z
  .strictObject({ kind: z.literal('below'), port, value, clearAt: value.optional() })
  .refine(({ clearAt, value: limit }) => clearAt === undefined || clearAt >= limit, {
    message: 'must not be below value',
    path: ['clearAt'],
  })
/** With its ends. */
const betweenSchema = z
  .strictObject({ kind: z.literal('between'), port, low: value, high: value })
  .refine(isOrdered, ordered)
/** Without them. */
const outsideSchema = z
  .strictObject({ kind: z.literal('outside'), port, low: value, high: value })
  .refine(isOrdered, ordered)
const equalsSchema = z.strictObject({ kind: z.literal('equals'), port, value })
/** From the reading of the port before. */
const rateSchema = z.strictObject({
  kind: z.literal('rate'),
  port,
  perMinute: z.number().positive(),
  direction: z.enum(['rising', 'falling', 'either']),
})
/** From the mean of the readings of the port in the time before this one. */
const deviationSchema = z.strictObject({
  kind: z.literal('deviation'),
  port,
  windowMs: z.int().min(1000).max(dayMs),
  percent: z.number().positive(),
})
/** Of the port, or of any. */
const noDataSchema = z.strictObject({
  kind: z.literal('no-data'),
  port: port.optional(),
  forMs: z.int().min(1000).max(longestMs),
})
const leaves = [
  aboveSchema,
  belowSchema,
  betweenSchema,
  outsideSchema,
  equalsSchema,
  rateSchema,
  deviationSchema,
  noDataSchema,
] as const

const groupKind = z.enum(['all', 'any'])
const maxOf = 16
const leafSchema = z.discriminatedUnion('kind', leaves)
const innerGroupSchema = z.strictObject({ kind: groupKind, of: z.array(leafSchema).min(1).max(maxOf) })
const innerSchema = z.discriminatedUnion('kind', [...leaves, innerGroupSchema])
const groupSchema = z.strictObject({ kind: groupKind, of: z.array(innerSchema).min(1).max(maxOf) })

export const conditionSchema = z.discriminatedUnion('kind', [...leaves, groupSchema])
export type Condition = z.output<typeof conditionSchema>
/** A condition that is no group of others. */
export type Leaf = z.output<typeof leafSchema>

export const isGroup = (
  condition: Condition,
): condition is Extract<Condition, { readonly kind: 'all' | 'any' }> =>
  condition.kind === 'all' || condition.kind === 'any'

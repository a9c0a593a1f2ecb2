/**
 * An organization in a file: lines of JSON, compressed by gzip. The first says what it is, the last how many there were and
 * the SHA-256 of all before it, so a file that was cut or changed shows before anything of it is used.
 */
import { z } from 'zod'
import { organizationIdSchema } from '../../platform/identifiers.ts'
import { qualities } from '../../platform/series/port.ts'

export const formatVersion = 1

export const headerSchema = z.strictObject({
  kind: z.literal('fleetloom-organization'),
  version: z.int(),
  orgId: organizationIdSchema,
  takenAt: z.iso.datetime(),
  platformVersion: z.string(),
  /** Of which version documents are, by the names of their collections. */
  collections: z.record(z.string(), z.int()),
  /** Says which secret has sealed what is sealed in it, without saying anything of the secret. */
  sealedBy: z.string(),
})
export type Header = z.output<typeof headerSchema>

const documentSchema = z.strictObject({
  kind: z.literal('document'),
  /** Whether it is the organization's, or one of the platform's that is about it. */
  of: z.enum(['organization', 'platform']),
  collection: z.string(),
  document: z.looseObject({ id: z.string() }),
})
export type DocumentLine = z.output<typeof documentSchema>

const readingsSchema = z.strictObject({
  kind: z.literal('readings'),
  deviceId: z.string(),
  /** Port, time, raw value, calibrated value, place among the qualities, time of receipt. */
  readings: z.array(
    z.tuple([
      z.int(),
      z.number(),
      z.number(),
      z.number(),
      z
        .int()
        .min(0)
        .max(qualities.length - 1),
      z.number(),
    ]),
  ),
})
export type ReadingsLine = z.output<typeof readingsSchema>

/** A piece of an archived object; pieces of one stand together. */
const objectSchema = z.strictObject({
  kind: z.literal('object'),
  key: z.string(),
  isLast: z.boolean(),
  base64: z.string(),
})
export type ObjectLine = z.output<typeof objectSchema>

export const contentSchema = z.discriminatedUnion('kind', [documentSchema, readingsSchema, objectSchema])
export type ContentLine = z.output<typeof contentSchema>

export const endSchema = z.strictObject({
  kind: z.literal('end'),
  /** Before this one. */
  lines: z.int(),
  sha256: z.string(),
})

/** The file, or where it should go, is not fit for what was asked. */
export class OrganizationFileRefused extends Error {
  override readonly name = 'OrganizationFileRefused'
}

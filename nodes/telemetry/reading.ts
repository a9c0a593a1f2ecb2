import { z } from 'zod'
import { bytesSchema, defineMessage } from '../platform/kit/message-type.ts'

/** A measured value before calibration. Times are epoch milliseconds. */
export const readingSchema = z.object({
  orgId: z.string(),
  deviceId: z.string(),
  port: z.int().min(0).max(1023),
  ts: z.int(),
  rawValue: z.number(),
  ingestTs: z.int(),
})
export type Reading = z.output<typeof readingSchema>
export const readingMessage = defineMessage<Reading>('reading', readingSchema)

export const calibratedReadingSchema = readingSchema.extend({ calibratedValue: z.number() })
export type CalibratedReading = z.output<typeof calibratedReadingSchema>
export const calibratedReadingMessage = defineMessage<CalibratedReading>(
  'calibrated-reading',
  calibratedReadingSchema,
)

export const qualities = ['good', 'out-of-range', 'late', 'suspect'] as const
export const assessedReadingSchema = calibratedReadingSchema.extend({ quality: z.enum(qualities) })
export type AssessedReading = z.output<typeof assessedReadingSchema>
const maxExact = Number.MAX_SAFE_INTEGER

/**
 * A reading as decoded, with room for what calibration and quality will put in: they fill it in place, and objects that
 * keep their shape cost the hot path neither an allocation nor a slower access.
 */
export const newReading = (
  uplink: Pick<Uplink, 'orgId' | 'deviceId' | 'receivedAt'>,
  port: number,
  ts: number,
  rawValue: number,
  isSuspect = false,
): Reading => {
  const reading: AssessedReading = {
    orgId: uplink.orgId,
    deviceId: uplink.deviceId,
    port,
    ts,
    rawValue,
    ingestTs: uplink.receivedAt,
    calibratedValue: rawValue,
    // Beyond it the number may not be the one that was sent.
    quality: isSuspect || rawValue > maxExact || rawValue < -maxExact ? 'suspect' : 'good',
  }
  return reading
}
export const assessedReadingMessage = defineMessage<AssessedReading>(
  'assessed-reading',
  assessedReadingSchema,
)

/** A publish as it came from the stream, not understood yet. */
export const uplinkSchema = z.object({
  orgId: z.string(),
  deviceId: z.string(),
  topic: z.string(),
  payload: bytesSchema,
  /** When the platform received it, epoch milliseconds. */
  receivedAt: z.int(),
  /** The time of readings that have none, no other message of the device has it; `receivedAt` if absent. */
  untimedAt: z.int().optional(),
  /** Where it stands in the uplink stream. */
  offset: z.string(),
})
export type Uplink = z.output<typeof uplinkSchema>
export const uplinkMessage = defineMessage<Uplink>('uplink', uplinkSchema)

/** A domain event or a command's acknowledgment as the device sent it, parsed but not interpreted. */
export const deviceEventSchema = z.object({
  orgId: z.string(),
  deviceId: z.string(),
  receivedAt: z.int(),
  offset: z.string(),
  /** Given where the answer to a command is in a make's own words: which topic it came on says what it means. */
  topic: z.string().optional(),
  body: z.record(z.string(), z.json()),
})
export type DeviceEvent = z.output<typeof deviceEventSchema>
export const deviceEventMessage = defineMessage<DeviceEvent>('device-event', deviceEventSchema)
export const commandResponseMessage = defineMessage<DeviceEvent>('command-response', deviceEventSchema)

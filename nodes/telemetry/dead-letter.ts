import { z } from 'zod'
import { bytesSchema, defineMessage } from '../platform/kit/message-type.ts'
import { deadLetterReasons } from './dead-letter-reasons.ts'

/** Input that could not be used, with everything needed to understand and to replay it. */
export const rejectSchema = z.object({
  orgId: z.string(),
  deviceId: z.string(),
  topic: z.string(),
  reason: z.enum(deadLetterReasons),
  /** What was wrong and where, for a person. */
  detail: z.string(),
  payload: bytesSchema,
  receivedAt: z.int(),
  /** Where it stands in the uplink stream; empty for what never got there. */
  offset: z.string(),
  /** Tells apart several rejects of one payload. */
  index: z.int(),
})
export type Reject = z.output<typeof rejectSchema>
export const rejectMessage = defineMessage<Reject>('reject', rejectSchema)

/** A dead letter as it is kept: the payload in base64, so that any bytes survive. */
export const deadLetterSchema = z.strictObject({
  id: z.string(),
  deviceId: z.string(),
  topic: z.string(),
  reason: z.enum(deadLetterReasons),
  detail: z.string(),
  payloadBase64: z.string(),
  payloadBytes: z.int(),
  receivedAt: z.iso.datetime(),
  replayedAt: z.iso.datetime().nullable(),
})
export type DeadLetter = z.output<typeof deadLetterSchema>

import { z } from 'zod'
import { defineMessage } from '../platform/kit/message-type.ts'

/** What a flow asks of its timer; what it leaves out the node's properties say. */
export const timerRequestSchema = z
  .object({
    /** Tells timers of one node apart; of two with the same name the later counts. */
    name: z.string().max(128).default(''),
    /** Whose timer it is: a device's, or an organization's. */
    deviceId: z.string().min(1).max(64).optional(),
    orgId: z.string().min(1).max(64).optional(),
    afterMs: z.int().min(1).optional(),
    at: z.iso.datetime({ offset: true }).optional(),
    /** Comes back when it rings. */
    data: z.json().optional(),
    cancel: z.boolean().optional(),
  })
  .refine(({ deviceId, orgId }) => deviceId !== undefined || orgId !== undefined, {
    path: ['deviceId'],
    message: 'is needed, or orgId: a timer is an organization’s',
  })
export type TimerRequest = z.output<typeof timerRequestSchema>
export const timerRequestMessage = defineMessage('timer-request', timerRequestSchema)

export const rungSchema = z.object({
  name: z.string(),
  orgId: z.string(),
  deviceId: z.string().nullable(),
  /** When it was to ring. */
  dueAt: z.iso.datetime(),
  data: z.json(),
})
export type Rung = z.output<typeof rungSchema>
export const rungMessage = defineMessage<Rung>('timer', rungSchema)

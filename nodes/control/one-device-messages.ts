import { z } from 'zod'
import { commandValueSchema } from '../devices/check-command.ts'
import { defineMessage } from '../platform/kit/message-type.ts'

/** What a flow wants of the device of a node. */
export const deviceWishMessage = defineMessage(
  'device-wish',
  z.object({
    /** The only one of the class that takes a value, if absent. */
    action: z.string().min(1).max(64).optional(),
    value: commandValueSchema.optional(),
    whenOffline: z.enum(['retry', 'hold']).optional(),
  }),
)

const fields = z.record(z.string(), z.json())
export const oneDeviceSchema = z.object({
  deviceId: z.string(),
  online: z.boolean(),
  reported: fields,
  /** What wins among safety, override, schedule and what was sent by hand. */
  desired: fields,
  /** What is another than it was: `online`, `reported.fanSpeed`, `desired.fanSpeed`. */
  changed: z.array(z.string()),
})
export type OneDevice = z.output<typeof oneDeviceSchema>
export const oneDeviceMessage = defineMessage<OneDevice>('one-device', oneDeviceSchema)

import { z } from 'zod'
import { defineMessage } from '../platform/kit/message-type.ts'

/** A device that somebody chose on a page; it is theirs to see. */
export const chosenDeviceSchema = z.object({ deviceId: z.string(), orgId: z.string() })
export type ChosenDevice = z.output<typeof chosenDeviceSchema>
export const chosenDeviceMessage = defineMessage<ChosenDevice>('chosen device', chosenDeviceSchema)

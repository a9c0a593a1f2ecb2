import { z } from 'zod'
import { defineMessage } from '../platform/kit/message-type.ts'

/** What a device said about itself; several may follow from one publish. */
export const deviceReportSchema = z.object({
  orgId: z.string(),
  deviceId: z.string(),
  receivedAt: z.int(),
  /** Present when the report says whether the device is connected. */
  online: z.boolean().optional(),
  /** What was received at `receivedAt` is the last that was heard of the device, and too long ago. */
  isSilent: z.boolean().optional(),
  reported: z.record(z.string(), z.json()).optional(),
})
export type DeviceReport = z.output<typeof deviceReportSchema>
export const deviceReportMessage = defineMessage<DeviceReport>('device-report', deviceReportSchema)

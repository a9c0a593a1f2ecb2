import { z } from 'zod'
import { defineMessage } from '../platform/kit/message-type.ts'
import { alertView } from './alert.ts'

/** An alert that has just fired or ended. */
export const alertItemSchema = alertView.extend({ orgId: z.string() })
export type AlertItem = z.output<typeof alertItemSchema>
export const alertMessage = defineMessage<AlertItem>('alert', alertItemSchema)

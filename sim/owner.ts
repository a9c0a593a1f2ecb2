import { z } from 'zod'
import type { PersonInput } from './devices/model.ts'

const messageSchema = z.object({
  type: z.literal('input'),
  deviceId: z.string(),
  input: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('keypad'), code: z.string() }),
    z.object({ kind: z.literal('leave') }),
  ]),
})

export interface OwnerRequest {
  readonly deviceId: string
  readonly input: PersonInput
}

/** What the process that started the simulator may ask over IPC: that somebody does something at a device. */
export function parseOwnerMessage(message: unknown): OwnerRequest | undefined {
  return messageSchema.safeParse(message).data
}

import { z } from 'zod'
import type { Keypad } from '../keypad.ts'
import { toIsoTimeOrNull } from '../../platform/kit/iso-time.ts'

export const keypadView = z.object({
  podId: z.string(),
  isLocked: z.boolean(),
  lockedUntil: z.iso.datetime().nullable(),
  wrongCodes: z.int(),
})

export const viewKeypad = (
  podId: string,
  keypad: Keypad | undefined,
  isLocked: boolean,
): z.output<typeof keypadView> => ({
  podId,
  isLocked,
  lockedUntil: isLocked ? toIsoTimeOrNull(keypad?.lockedUntilMs ?? null) : null,
  wrongCodes: keypad?.wrongAtMs.length ?? 0,
})

/** Pre-clean: an override of the fan speed, as apps of before know it. */
import { z } from 'zod'
import type { Override } from '../control/control.ts'
import { overrideStatuses } from '../control/control.ts'
import type { Desired } from '../control/layers.ts'
import { commandValueSchema } from '../devices/check-command.ts'
import { toIsoTimeOrNull } from '../platform/kit/iso-time.ts'

export const fanAction = 'setFanSpeed'

export const precleanView = z.object({
  deviceId: z.string(),
  isActive: z.boolean(),
  status: z.enum(overrideStatuses).nullable(),
  fanMode: commandValueSchema,
  /** In minutes. */
  duration: z.number().nullable(),
  startedAt: z.iso.datetime().nullable(),
  willEndAt: z.iso.datetime().nullable(),
  remainingMs: z.int(),
  errorMessage: z.string().nullable(),
  /** What comes back, by field. */
  restores: z.record(z.string(), commandValueSchema),
})

export function viewPreclean(
  deviceId: string,
  override: Override | undefined,
  beneath: Desired,
  nowMs: number,
): z.output<typeof precleanView> {
  const isActive = override?.status === 'active'
  const { endsAtMs = null, startedAtMs = null } = override ?? {}
  return {
    deviceId,
    isActive,
    status: override?.status ?? null,
    fanMode: override?.value ?? null,
    duration: endsAtMs === null || startedAtMs === null ? null : (endsAtMs - startedAtMs) / 60_000,
    startedAt: toIsoTimeOrNull(startedAtMs),
    willEndAt: isActive ? toIsoTimeOrNull(endsAtMs) : null,
    remainingMs: isActive && endsAtMs !== null ? Math.max(0, endsAtMs - nowMs) : 0,
    errorMessage: override?.errorMessage ?? null,
    restores: Object.fromEntries([...beneath].map(([field, { value }]) => [field, value])),
  }
}

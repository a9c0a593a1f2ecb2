import { z } from 'zod'
import type { TimerKind } from '../platform/kit/jobs/timers.ts'

const dataSchema = z.strictObject({ ruleId: z.string(), deviceId: z.string() })
export type WatchTimer = z.output<typeof dataSchema>

/** Rings when time alone may have changed something for a rule and a device. */
export const watchTimerKind: Pick<TimerKind<WatchTimer>, 'data' | 'kind'> = {
  kind: 'alert.watch',
  data: dataSchema,
}

export const watchTimerId = ({ deviceId, ruleId }: WatchTimer): string => `alert/${ruleId}/${deviceId}`

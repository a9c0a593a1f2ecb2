import { z } from 'zod'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { TimerKind, Timers } from '../platform/kit/jobs/timers.ts'
import type { Clock } from '../platform/clock.ts'
import { isInScope } from './scope.ts'
import { type RuleBook } from './rule-book.ts'
import { watchTimerId, watchTimerKind } from './watch-timer.ts'

export interface ArmingParts {
  readonly book: Pick<RuleBook, 'get' | 'rulesFor'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly directory: Pick<DeviceDirectory, 'all'>
  readonly timers: Pick<Timers, 'set'>
}

const dataSchema = z.strictObject({ ruleId: z.string() })
type ArmTimer = z.output<typeof dataSchema>

const armKind: Pick<TimerKind<ArmTimer>, 'data' | 'kind'> = { kind: 'alert.arm', data: dataSchema }

/** A rule that time alone can fire has begun: whoever hears this looks at each of its devices, heard of or not. */
export const armingTimer = ({ book, clock, directory, timers }: ArmingParts): TimerKind<ArmTimer> => ({
  ...armKind,
  async ring({ data: { ruleId }, orgId }) {
    const rule = book.get(ruleId)
    if (rule === undefined || !rule.isTimed) return undefined
    for (const record of directory.all())
      if (record.orgId === orgId && isInScope(rule.rule, record))
        await watchSoon({ clock, timers }, orgId, ruleId, record.device.id)
    return undefined
  },
})

/** @throws StoreUnavailable */
export const armRule = (
  { clock, timers }: Pick<ArmingParts, 'clock' | 'timers'>,
  orgId: string,
  ruleId: string,
): Promise<void> =>
  timers.set(armKind, { orgId, id: `alert-rule/${ruleId}`, dueAtMs: clock.nowMs(), data: { ruleId } })

/** @throws StoreUnavailable */
export const watchSoon = (
  { clock, timers }: Pick<ArmingParts, 'clock' | 'timers'>,
  orgId: string,
  ruleId: string,
  deviceId: string,
): Promise<void> => {
  const data = { ruleId, deviceId }
  return timers.set(watchTimerKind, { orgId, id: watchTimerId(data), dueAtMs: clock.nowMs(), data })
}

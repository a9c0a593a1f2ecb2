import { z } from 'zod'
import type { DeviceReport } from './device-report.ts'
import { isAhead } from '../platform/kit/ahead.ts'
import { defineMessage } from '../platform/kit/message-type.ts'

/** What a device is and does, as far as it told. */
export const deviceStateSchema = z.strictObject({
  /** The device's id. */
  id: z.string(),
  orgId: z.string(),
  online: z.boolean(),
  /** Online, and nothing was heard of it for longer than its class allows. */
  isSilent: z.boolean().optional(),
  /** When anything was last heard of it, epoch milliseconds. */
  lastSeenAt: z.int().nullable(),
  /** When `online` last changed, epoch milliseconds. */
  onlineChangedAt: z.int().nullable(),
  reported: z.record(z.string(), z.json()),
  /** When the newest of what is reported was received, epoch milliseconds. */
  reportedAt: z.int().optional(),
  desired: z.record(z.string(), z.json()),
})
export type DeviceState = z.output<typeof deviceStateSchema>
export const deviceStateMessage = defineMessage<DeviceState>('device-state', deviceStateSchema)

export const unseenDevice = (orgId: string, deviceId: string): DeviceState => ({
  id: deviceId,
  orgId,
  online: false,
  lastSeenAt: null,
  onlineChangedAt: null,
  reported: {},
  desired: {},
})

/**
 * The state without times that have not come yet: they go by a clock that was ahead and has been set right, and whatever
 * is compared with them would count as old until then.
 */
export function healed(state: DeviceState, nowMs: number): DeviceState {
  const { lastSeenAt, onlineChangedAt, reportedAt } = state
  if (!isAhead(Math.max(lastSeenAt ?? 0, onlineChangedAt ?? 0, reportedAt ?? 0), nowMs)) return state
  const { reportedAt: _, ...others } = state
  return {
    ...others,
    lastSeenAt: isAhead(lastSeenAt ?? 0, nowMs) ? nowMs : lastSeenAt,
    onlineChangedAt: isAhead(onlineChangedAt ?? 0, nowMs) ? null : onlineChangedAt,
    ...(reportedAt === undefined || isAhead(reportedAt, nowMs) ? {} : { reportedAt }),
  }
}

/**
 * Folds what a device said, or what was noticed about it, into its state. Anything heard of a device shows that it is
 * online, unless it says the opposite itself. Reports older than the last change of `online` do not turn it back, nor do
 * fields of an older report (a replay, say) replace newer ones. Times ahead of `nowMs` are not trusted, on neither side.
 */
export function evolveDeviceState(before: DeviceState, told: DeviceReport, nowMs: number): DeviceState {
  const state = healed(before, nowMs)
  const report = isAhead(told.receivedAt, nowMs) ? { ...told, receivedAt: nowMs } : told
  const isStale = state.onlineChangedAt !== null && report.receivedAt < state.onlineChangedAt
  const says = report.online ?? (report.isSilent === true ? state.online : true)
  const online = isStale ? state.online : says
  const { isSilent: wasSilent, ...others } = state
  const isSilentBy = report.receivedAt >= (state.lastSeenAt ?? 0) ? report.isSilent : wasSilent
  return {
    ...others,
    ...(online && isSilentBy === true ? { isSilent: true } : {}),
    online,
    onlineChangedAt: online === state.online ? state.onlineChangedAt : report.receivedAt,
    lastSeenAt: Math.max(state.lastSeenAt ?? 0, report.receivedAt),
    ...withReported(state, report),
  }
}

/** The same object when nothing differs, so that a device that repeats itself is no news. */
function withReported(
  { reported: before, reportedAt = 0 }: DeviceState,
  { reported: told, receivedAt }: DeviceReport,
): Pick<DeviceState, 'reported' | 'reportedAt'> {
  if (told === undefined) return { reported: before }
  const news = Object.entries(told).filter(
    ([field, value]) =>
      before[field] !== value && (receivedAt >= reportedAt || !Object.hasOwn(before, field)),
  )
  return {
    reported: news.length === 0 ? before : { ...before, ...Object.fromEntries(news) },
    reportedAt: Math.max(reportedAt, receivedAt),
  }
}

/** Whether the device has been silent for longer than its class allows. */
export function hasBeenSilent(state: DeviceState, offlineAfterMs: number, nowMs: number): boolean {
  return state.online && state.lastSeenAt !== null && nowMs - state.lastSeenAt > offlineAfterMs
}

/** Whether watchers of a device want to know: not just when it was last heard of. */
export const isNewsTo = (before: DeviceState, after: DeviceState): boolean =>
  after.online !== before.online ||
  after.reported !== before.reported ||
  (after.isSilent ?? false) !== (before.isSilent ?? false)

import type { ItemOf, ResultOf } from '../../client/index.ts'
import type {
  getDesired,
  getDeviceState,
  getLatest,
  getNotificationPreferences,
  getOverview,
  listAlertRules,
  listAlerts,
  listAudit,
  listDeadLetters,
  listDeliveries,
  listDeviceClasses,
  listDevices,
  listNotifications,
  listReadings,
  listSchedules,
  listUsers,
} from '../../client/generated/operations.ts'

type Of<R extends { readonly of?: unknown }> = NonNullable<R['of']>

export type DeviceView = ItemOf<Of<typeof listDevices>>
export type DeviceClassView = ItemOf<Of<typeof listDeviceClasses>>
export type StateView = ResultOf<Of<typeof getDeviceState>>
export type DesiredView = ResultOf<Of<typeof getDesired>>
export type LatestView = ItemOf<Of<typeof getLatest>>
export type OverviewView = ResultOf<Of<typeof getOverview>>
export type AlertView = ItemOf<Of<typeof listAlerts>>
export type AlertRuleView = ItemOf<Of<typeof listAlertRules>>
export type DeliveryView = ItemOf<Of<typeof listDeliveries>>
export type NotificationView = ItemOf<Of<typeof listNotifications>>
export type PreferencesView = ResultOf<Of<typeof getNotificationPreferences>>['preferences']
export type ScheduleView = ItemOf<Of<typeof listSchedules>>
export type UserView = ItemOf<Of<typeof listUsers>>
export type AuditView = ItemOf<Of<typeof listAudit>>
export type DeadLetterView = ItemOf<Of<typeof listDeadLetters>>
export type PortSettings = DeviceView['ports'][number]
type HistoryItem = ItemOf<Of<typeof listReadings>>
export type ReadingView = Extract<HistoryItem, { readonly port: number }>
export type BucketView = Exclude<HistoryItem, { readonly port: number }>
export type Quality = LatestView['quality']
export type { ReadingEvent, StateEvent } from '../../client/index.ts'

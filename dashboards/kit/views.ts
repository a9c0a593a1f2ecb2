import type { ItemOf, ResultOf } from '../../client/index.ts'
import type {
  getDesired,
  getDeviceState,
  getLatest,
  getNotificationPreferences,
  getKeypad,
  getOverview,
  getRevenue,
  getTrialBalance,
  listAlertRules,
  listAlerts,
  listAudit,
  listBlocks,
  listBookings,
  listDeadLetters,
  listDeliveries,
  listDeviceClasses,
  listDevices,
  listNotifications,
  listLedgerEntries,
  listPodCodes,
  listReadings,
  listReconciliations,
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
export type RevenueView = ItemOf<Of<typeof getRevenue>>
export type AccountView = ResultOf<Of<typeof getTrialBalance>>['accounts'][number]
export type LedgerEntryView = ItemOf<Of<typeof listLedgerEntries>>
export type ReconciliationView = ItemOf<Of<typeof listReconciliations>>
export type DifferenceView = ReconciliationView['differences'][number]
export type BookingView = ItemOf<Of<typeof listBookings>>
export type BlockView = ItemOf<Of<typeof listBlocks>>
export type KeypadView = ResultOf<Of<typeof getKeypad>>['keypad']
export type PodCodeView = ResultOf<Of<typeof listPodCodes>>['items'][number]
export type PortSettings = DeviceView['ports'][number]
type HistoryItem = ItemOf<Of<typeof listReadings>>
export type ReadingView = Extract<HistoryItem, { readonly port: number }>
export type BucketView = Exclude<HistoryItem, { readonly port: number }>
export type Quality = LatestView['quality']
export type { ReadingEvent, StateEvent } from '../../client/index.ts'

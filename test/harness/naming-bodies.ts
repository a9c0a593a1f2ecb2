import { alwaysBad, weekly } from './resources-of-a.ts'

export interface NamingBody {
  /** Which of its fields names something. */
  readonly field: string
  readonly body: (id: string) => unknown
}

const period = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }
const rule = { name: 'x', ...alwaysBad }
const device = { classKey: 'port-monitor', name: 'x' }
let people = 0
const person = (): string => `person-${(people += 1)}@org-b.example`

/** Of operations whose bodies name other things: bodies that are right but for whose these are, for each field that does. */
export const naming: Readonly<Record<string, readonly NamingBody[]>> = {
  compatStartPreclean: [{ field: 'deviceId', body: (deviceId) => ({ deviceId, fanMode: 1, duration: 10 }) }],
  compatCancelPreclean: [{ field: 'deviceId', body: (deviceId) => ({ deviceId }) }],
  compatCreateSchedule: [
    {
      field: 'deviceId',
      body: (deviceId) => ({ deviceId, day: 'Monday', startTime: '08:00', endTime: '10:00', fanSpeed: 1 }),
    },
  ],
  createSchedule: [{ field: 'deviceId', body: (deviceId) => ({ deviceId, ...weekly }) }],
  createAlertRule: [
    { field: 'scope', body: (deviceId) => ({ ...rule, scope: { deviceId } }) },
    { field: 'classKey', body: (classKey) => ({ ...rule, scope: { classKey } }) },
    { field: 'channels', body: (key) => ({ ...rule, scope: {}, channels: [key] }) },
  ],
  tryAlertRule: [
    { field: 'scope', body: (deviceId) => ({ rule: { ...rule, scope: { deviceId } }, ...period }) },
  ],
  restoreArchive: [
    { field: 'deviceId', body: (deviceId) => ({ deviceId, from: '2026-01-01', to: '2026-01-02' }) },
  ],
  createBooking: [
    {
      field: 'podId',
      body: (podId) => ({ podId, start: '2099-02-02T10:00:00Z', end: '2099-02-02T11:00:00Z' }),
    },
  ],
  createBulkCommand: [
    { field: 'scope', body: (deviceId) => ({ scope: { deviceIds: [deviceId] }, action: 'turnOn' }) },
    { field: 'classKey', body: (classKey) => ({ scope: { classKey }, action: 'turnOn' }) },
  ],
  createDevice: [
    { field: 'classKey', body: (classKey) => ({ classKey, name: 'x' }) },
    { field: 'gateway', body: (gateway) => ({ ...device, gateway }) },
  ],
  createIngestKey: [
    { field: 'gatewayId', body: (gatewayId) => ({ name: 'x', gatewayId }) },
    { field: 'classKey', body: (classKey) => ({ name: 'x', classKey }) },
  ],
  createMaintenanceWindow: [{ field: 'scope', body: (deviceId) => ({ scope: { deviceId }, ...period }) }],
  createProvisioningKey: [{ field: 'classKey', body: (classKey) => ({ classKey }) }],
  createReplay: [{ field: 'deviceId', body: (deviceId) => ({ deviceId, target: 'nowhere' }) }],
  createServiceAccount: [{ field: 'role', body: (role) => ({ name: 'x', role }) }],
  createUser: [{ field: 'role', body: (role) => ({ email: person(), name: 'x', role }) }],
  // Kinds of channels, which are everybody's.
  setNotificationPreferences: [],
}

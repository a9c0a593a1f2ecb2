import { z } from 'zod'
import { classPortSchema } from './device-class.ts'
import { type DeviceRecord, deviceSchema } from './device.ts'
import type { DeviceState } from './state.ts'
import { toIsoTimeOrNull } from '../platform/kit/iso-time.ts'

/** A device as the API shows it: no credential, its ports as they count. */
export const deviceView = deviceSchema.omit({ credential: true }).extend({
  orgId: z.string(),
  ports: z.array(classPortSchema),
  online: z.boolean(),
  lastSeen: z.iso.datetime().nullable(),
})
export type DeviceView = z.output<typeof deviceView>

export const stateView = z.object({
  deviceId: z.string(),
  online: z.boolean(),
  lastSeen: z.iso.datetime().nullable(),
  reported: z.record(z.string(), z.json()),
  desired: z.record(z.string(), z.json()),
})
export type StateView = z.output<typeof stateView>

/** The MQTT user name is the device's id; the password is shown this once. */
export const credentialView = z.object({ username: z.string(), password: z.string() })

export function viewDevice(record: DeviceRecord, state: DeviceState): DeviceView {
  const { credential: _, ...device } = record.device
  return {
    ...device,
    orgId: record.orgId,
    ports: record.ports.filter((port) => port !== undefined),
    online: state.online,
    lastSeen: toIsoTimeOrNull(state.lastSeenAt),
  }
}

export function viewState(state: DeviceState): StateView {
  const { id, online, lastSeenAt, reported, desired } = state
  return { deviceId: id, online, lastSeen: toIsoTimeOrNull(lastSeenAt), reported, desired }
}

import { z } from 'zod'
import { classPortSchema } from './device-class.ts'
import { type DeviceRecord, deviceSchema } from './device.ts'
import type { DeviceState } from './state.ts'
import { toIsoTimeOrNull } from '../platform/kit/iso-time.ts'

const silence = z.boolean().meta({
  description: 'Online, and nothing was heard of it for longer than the `offlineAfterMs` of its class',
})

/** A device as the API shows it: no credential, its ports as they count. */
export const deviceView = deviceSchema.omit({ credential: true }).extend({
  orgId: z.string(),
  ports: z.array(classPortSchema),
  online: z.boolean(),
  isSilent: silence,
  lastSeen: z.iso.datetime().nullable(),
})
export type DeviceView = z.output<typeof deviceView>

export const stateView = z.object({
  deviceId: z.string(),
  online: z.boolean(),
  isSilent: silence,
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
    isSilent: state.isSilent ?? false,
    lastSeen: toIsoTimeOrNull(state.lastSeenAt),
  }
}

export function viewState(state: DeviceState): StateView {
  const { id, isSilent = false, online, lastSeenAt, reported, desired } = state
  return { deviceId: id, online, isSilent, lastSeen: toIsoTimeOrNull(lastSeenAt), reported, desired }
}

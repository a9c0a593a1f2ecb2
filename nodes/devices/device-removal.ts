/** The end of a device's life: it is no device from then on, and its id is nobody's until its traces are gone. */
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { DueDocument } from '../platform/kit/jobs/job.ts'
import type { Device } from './device.ts'

export interface RemovableDevice extends Device, DueDocument {
  readonly id: string
  readonly removedAt: string | null
}

export interface RemoveDevice {
  readonly type: 'RemoveDevice'
}

export interface DeviceRemoved {
  readonly type: 'DeviceRemoved'
  readonly data: { readonly deviceId: string; readonly classKey: string }
}

/** Whoever was asked is at it; then a job goes on. */
export const resumeAfterMs = 30_000

export const deviceRemoval: Decider<RemovableDevice, RemoveDevice, DeviceRemoved, 'missing'> = {
  decide(device) {
    if (device === undefined) return refused('missing')
    if (device.removedAt !== null) return []
    return [{ type: 'DeviceRemoved', data: { deviceId: device.id, classKey: device.classKey } }]
  },
  evolve(device, _event, atMs) {
    if (device === undefined) throw new Error('what does not exist cannot be removed')
    // Another may have the serial number at once.
    const { serialNumber: _, ...rest } = device
    return { ...rest, removedAt: toIsoTime(atMs), dueAtMs: atMs + resumeAfterMs, failures: 0 }
  },
}

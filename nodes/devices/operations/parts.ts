import { z } from 'zod'
import { type Outcome, refuse } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import type { DeviceRecord } from '../device.ts'
import type { Devices } from '../devices.ts'

export const deviceParams = z.object({ id: z.string() })

/** The record of a device of this organization; somebody else's is as missing as one that never was. */
export function ownDevice(
  { directory }: Pick<Devices, 'directory'>,
  orgId: string,
  deviceId: string,
): DeviceRecord | undefined {
  const record = directory.lookup(deviceId)
  return record?.orgId === orgId ? record : undefined
}

export const noSuchDevice = (): Outcome => refuse(problem(404, 'no such device'))

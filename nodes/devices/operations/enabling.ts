import type { Needed } from '../../platform/kit/domain/need.ts'
import { type Outcome, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as devicesDomain } from '../domain.ts'
import { viewDevice } from '../views.ts'
import { noSuchDevice, ownDevice } from './parts.ts'

export const enablingNeeds = { devices: devicesDomain } as const

/** The device as it is then. */
export async function answerEnabled(
  { devices }: Needed<typeof enablingNeeds>,
  orgId: string,
  deviceId: string,
  isEnabled: boolean,
): Promise<Outcome> {
  if (!(await devices.setEnabled(orgId, deviceId, isEnabled))) return noSuchDevice()
  const record = ownDevice(devices, orgId, deviceId)
  if (record === undefined) return noSuchDevice()
  return reply(200, viewDevice(record, await devices.states.get(orgId, deviceId)))
}

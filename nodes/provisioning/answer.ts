import { z } from 'zod'
import type { Devices } from '../devices/devices.ts'
import { deviceRefused } from '../devices/operations/device-refusals.ts'
import { credentialView, deviceView, viewDevice } from '../devices/views.ts'
import { type Outcome, refuse, reply } from '../platform/kit/endpoints/operation.ts'
import { conflict, problem } from '../platform/kit/endpoints/problem.ts'
import type { Newcomer, Provisioned } from './provisioning.ts'

export const provisionedView = z.object({ device: deviceView, credential: credentialView })

/** What a device is told that asked, over HTTP as over MQTT. */
export async function answerTo(
  provisioned: Provisioned,
  { id = '', name = '' }: Newcomer,
  { states }: Pick<Devices, 'states'>,
): Promise<Outcome> {
  if (provisioned.kind === 'no-key') return refuse(problem(401, 'the key is wrong, expired or revoked'))
  if (provisioned.kind === 'exhausted')
    return refuse(conflict('body.key', 'the key has brought in as many devices as it may'))
  if (provisioned.kind !== 'created')
    return deviceRefused(provisioned, { id, name, classKey: '', tags: [], ports: [], isEnabled: true })
  const { password, record } = provisioned
  const { device, orgId } = record
  return reply(
    201,
    {
      device: viewDevice(record, await states.get(orgId, device.id)),
      credential: { username: device.id, password },
    },
    { location: `/api/v1/devices/${device.id}` },
  )
}

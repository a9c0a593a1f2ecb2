import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { wantedDeviceSchema } from '../create-device.ts'
import { domain as devicesDomain } from '../domain.ts'
import { credentialView, deviceView, viewDevice } from '../views.ts'
import { deviceRefused } from './device-refusals.ts'

export const operation = defineOperation({
  id: 'createDevice',
  method: 'post',
  path: '/api/v1/devices',
  tag: 'devices',
  summary: 'Register a device; its password is shown this once',
  access: 'modules:iot:devices:create',
  body: wantedDeviceSchema,
  responses: {
    201: { description: 'Registered', schema: z.object({ device: deviceView, credential: credentialView }) },
  },
  needs: { devices: devicesDomain },
  async handle({ body, orgId }, { devices }) {
    const created = await devices.createDevice(orgId, body)
    if (created.kind !== 'created') return deviceRefused(created, body)
    const { password, record } = created
    const { id } = record.device
    return reply(
      201,
      {
        device: viewDevice(record, await devices.states.get(orgId, id)),
        credential: { username: id, password },
      },
      { location: `/api/v1/devices/${id}` },
    )
  },
})

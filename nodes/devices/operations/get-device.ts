import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { deviceView, viewDevice } from '../views.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'getDevice',
  method: 'get',
  path: '/api/v1/devices/:id',
  tag: 'devices',
  summary: 'One device',
  access: 'modules:iot:devices:read',
  params: deviceParams,
  responses: { 200: { description: 'The device', schema: deviceView } },
  needs: { devices: devicesDomain },
  async handle({ params, orgId }, { devices }) {
    const record = ownDevice(devices, orgId, params.id)
    return record === undefined
      ? noSuchDevice()
      : reply(200, viewDevice(record, await devices.states.get(orgId, params.id)))
  },
})

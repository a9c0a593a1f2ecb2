import { defineOperation, reply } from '../../http/operation.ts'
import { deviceView, viewDevice } from '../views.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'

export const operation = defineOperation({
  id: 'getDevice',
  method: 'get',
  path: '/api/v1/devices/:id',
  tag: 'devices',
  summary: 'One device',
  access: 'modules:iot:devices:read',
  params: deviceParams,
  responses: { 200: { description: 'The device', schema: deviceView } },
  async handle({ params, orgId }, platform) {
    const record = ownDevice(platform, orgId, params.id)
    return record === undefined
      ? noSuchDevice()
      : reply(200, viewDevice(record, await platform.deviceStates.get(orgId, params.id)))
  },
})

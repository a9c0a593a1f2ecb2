import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { deviceParams, noSuchDevice } from './parts.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'deleteDevice',
  method: 'delete',
  path: '/api/v1/devices/:id',
  tag: 'devices',
  summary: 'Remove a device, its connection and its history; may be repeated until it answers',
  access: 'modules:iot:devices:delete',
  params: deviceParams,
  responses: { 204: { description: 'Removed' } },
  needs: { devices: devicesDomain },
  handle: async ({ params, orgId }, { devices }) =>
    (await devices.removeDevice(orgId, params.id)) ? reply(204) : noSuchDevice(),
})

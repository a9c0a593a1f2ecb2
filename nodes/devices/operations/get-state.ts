import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { stateView, viewState } from '../views.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'getDeviceState',
  method: 'get',
  path: '/api/v1/devices/:id/state',
  tag: 'devices',
  summary: 'Online, last seen, reported and desired fields',
  access: 'modules:iot:devices:read',
  params: deviceParams,
  responses: { 200: { description: 'The state', schema: stateView } },
  needs: { devices: devicesDomain },
  async handle({ params, orgId }, { devices }) {
    return ownDevice(devices, orgId, params.id) === undefined
      ? noSuchDevice()
      : reply(200, viewState(await devices.states.get(orgId, params.id)))
  },
})

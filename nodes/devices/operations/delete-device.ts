import { defineOperation, reply } from '../../http/operation.ts'
import { deviceCollection } from '../collections.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteDevice',
  method: 'delete',
  path: '/api/v1/devices/:id',
  tag: 'devices',
  summary: 'Remove a device, its connection and its history',
  access: 'modules:iot:devices:delete',
  params: deviceParams,
  responses: { 204: { description: 'Removed' } },
  async handle({ params, orgId }, platform) {
    if (ownDevice(platform, orgId, params.id) === undefined) return noSuchDevice()
    const devices = platform.store.organization(orgId).collection(deviceCollection)
    await platform.directory.changeDevice(orgId, params.id, () => devices.remove(params.id))
    await platform.broker.disconnect(params.id)
    await platform.series.removeDevice(orgId, params.id)
    await platform.deviceStates.forget(orgId, params.id)
    await platform.latest.forget(orgId, params.id)
    return reply(204)
  },
})

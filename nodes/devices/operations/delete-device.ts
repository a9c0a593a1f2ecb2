import { defineOperation, reply } from '../../http/operation.ts'
import { deviceRemovalCollection, removeDevice } from '../remove-device.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteDevice',
  method: 'delete',
  path: '/api/v1/devices/:id',
  tag: 'devices',
  summary: 'Remove a device, its connection and its history; may be repeated until it answers',
  access: 'modules:iot:devices:delete',
  params: deviceParams,
  responses: { 204: { description: 'Removed' } },
  async handle({ params, orgId }, platform) {
    const isUnfinished = async (): Promise<boolean> => {
      const removals = platform.store.organization(orgId).collection(deviceRemovalCollection)
      return (await removals.get(params.id)) !== undefined
    }
    if (ownDevice(platform, orgId, params.id) === undefined && !(await isUnfinished())) return noSuchDevice()
    await removeDevice(platform, orgId, params.id)
    return reply(204)
  },
})

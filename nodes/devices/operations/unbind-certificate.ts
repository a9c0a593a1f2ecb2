import { domain as devicesDomain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { deviceParams, noSuchDevice } from './parts.ts'

export const operation = defineOperation({
  id: 'unbindCertificate',
  method: 'delete',
  path: '/api/v1/devices/:id/certificate',
  tag: 'devices',
  summary: 'No certificate proves the device any more; the connections of the one it had end',
  access: 'modules:iot:devices:update',
  params: deviceParams,
  responses: { 204: { description: 'It has none' } },
  needs: { devices: devicesDomain },
  async handle({ orgId, params }, { devices }) {
    const bound = await devices.bindCertificate(orgId, params.id, undefined)
    return bound === 'missing' ? noSuchDevice() : reply(204)
  },
})

import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { deviceView } from '../views.ts'
import { answerEnabled, enablingNeeds } from './enabling.ts'
import { deviceParams } from './parts.ts'

export const operation = defineOperation({
  id: 'enableDevice',
  method: 'post',
  path: '/api/v1/devices/:id/enable',
  tag: 'devices',
  summary: 'Let a disabled device in again',
  access: 'modules:iot:devices:update',
  params: deviceParams,
  responses: { 200: { description: 'The device as it is now', schema: deviceView } },
  needs: enablingNeeds,
  handle: ({ params, orgId }, needed) => answerEnabled(needed, orgId, params.id, true),
})

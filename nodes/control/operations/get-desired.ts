import { z } from 'zod'
import { deviceParams, noSuchDevice } from '../../devices/operations/parts.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain } from '../domain.ts'
import { fieldsView, viewFields } from '../views.ts'

export const operation = defineOperation({
  id: 'getDesired',
  method: 'get',
  path: '/api/v1/devices/:id/desired',
  tag: 'overrides',
  summary:
    'What a device should be doing and why: field by field the layer that wins, its source and its command',
  access: 'modules:iot:overrides:read',
  needs: { control: domain },
  params: deviceParams,
  responses: { 200: { description: 'What wins', schema: z.object({ fields: fieldsView }) } },
  async handle({ orgId, params }, { control }) {
    const view = await control.view(orgId, params.id)
    return view === undefined ? noSuchDevice() : reply(200, { fields: viewFields(view.desired) })
  },
})

import { z } from 'zod'
import { deviceParams, noSuchDevice } from '../../devices/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain } from '../domain.ts'
import { overrideView, viewOverride } from '../views.ts'

export const operation = defineOperation({
  id: 'endOverride',
  method: 'delete',
  path: '/api/v1/devices/:id/override',
  tag: 'overrides',
  summary: 'End the override of a device at once: what wins then is sent. Null when none runs',
  access: 'modules:iot:overrides:delete',
  needs: { control: domain, ...kit('clock') },
  params: deviceParams,
  responses: {
    200: { description: 'It is over', schema: z.object({ override: overrideView.nullable() }) },
  },
  async handle({ orgId, params: { id } }, { clock, control }) {
    if ((await control.view(orgId, id)) === undefined) return noSuchDevice()
    const override = await control.end(orgId, id)
    return reply(200, { override: override ? viewOverride(id, override, clock.nowMs()) : null })
  },
})

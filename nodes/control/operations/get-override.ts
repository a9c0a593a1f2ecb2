import { z } from 'zod'
import { deviceParams, noSuchDevice } from '../../devices/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain } from '../domain.ts'
import { fieldsView, overrideView, shownOverride, viewFields, viewOverride } from '../views.ts'

export const operation = defineOperation({
  id: 'getOverride',
  method: 'get',
  path: '/api/v1/devices/:id/override',
  tag: 'overrides',
  summary:
    'The override that runs, with the time that is left and what comes after it; one that has failed for as long as it was to last',
  access: 'modules:iot:overrides:read',
  needs: { control: domain, ...kit('clock') },
  params: deviceParams,
  responses: {
    200: {
      description: 'The override, or null',
      schema: z.object({
        override: overrideView.extend({ restores: fieldsView }).nullable(),
      }),
    },
  },
  async handle({ orgId, params: { id } }, { clock, control }) {
    const view = await control.view(orgId, id)
    if (view === undefined) return noSuchDevice()
    const override = shownOverride(view, clock.nowMs())
    return reply(200, {
      override: override
        ? { ...viewOverride(id, override, clock.nowMs()), restores: viewFields(view.beneath) }
        : null,
    })
  },
})

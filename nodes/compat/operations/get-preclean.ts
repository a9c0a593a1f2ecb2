import { z } from 'zod'
import { domain as controlDomain } from '../../control/domain.ts'
import { shownOverride } from '../../control/views.ts'
import { noSuchDevice } from '../../devices/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { precleanView, viewPreclean } from '../preclean.ts'

export const operation = defineOperation({
  id: 'compatGetPreclean',
  method: 'get',
  path: '/api/preclean/status/:deviceId',
  tag: 'overrides',
  summary: 'Whether a pre-clean runs, for how long, and what comes back',
  access: 'modules:iot:overrides:read',
  needs: { control: controlDomain, ...kit('clock') },
  params: z.object({ deviceId: z.string() }),
  responses: { 200: { description: 'How it stands', schema: precleanView } },
  async handle({ orgId, params: { deviceId } }, { clock, control }) {
    const view = await control.view(orgId, deviceId)
    if (view === undefined) return noSuchDevice()
    const nowMs = clock.nowMs()
    return reply(200, viewPreclean(deviceId, shownOverride(view, nowMs), view.beneath, nowMs))
  },
})

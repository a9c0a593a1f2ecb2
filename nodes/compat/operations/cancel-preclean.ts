import { z } from 'zod'
import { domain as controlDomain } from '../../control/domain.ts'
import { noSuchDevice } from '../../devices/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { precleanView, viewPreclean } from '../preclean.ts'

export const operation = defineOperation({
  id: 'compatCancelPreclean',
  method: 'post',
  path: '/api/preclean/cancel',
  tag: 'overrides',
  summary: 'End the pre-clean of a device: what was there before, or is scheduled by now, comes back at once',
  access: 'modules:iot:overrides:delete',
  needs: { control: controlDomain, ...kit('clock') },
  body: z.strictObject({ deviceId: z.string().min(1).max(64) }),
  responses: { 200: { description: 'It is over', schema: precleanView } },
  async handle({ body: { deviceId }, orgId }, { clock, control }) {
    if ((await control.view(orgId, deviceId)) === undefined) return noSuchDevice()
    const override = await control.end(orgId, deviceId)
    if (override === undefined) return refuse(problem(404, 'no pre-clean runs on this device'))
    const view = await control.view(orgId, deviceId)
    return reply(200, viewPreclean(deviceId, override, view?.beneath ?? new Map(), clock.nowMs()))
  },
})

import { z } from 'zod'
import { callerOf } from '../../commands/caller.ts'
import { domain as controlDomain } from '../../control/domain.ts'
import { noSuchDevice } from '../../devices/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { fanAction, precleanView, viewPreclean } from '../preclean.ts'

export const operation = defineOperation({
  id: 'compatStartPreclean',
  method: 'post',
  path: '/api/preclean',
  tag: 'overrides',
  summary:
    'Run the fan at a speed for so many minutes; then what was there before, or is scheduled by then, comes back',
  access: 'modules:iot:overrides:update',
  needs: { control: controlDomain, ...kit('clock') },
  body: z.strictObject({
    deviceId: z.string().min(1).max(64),
    fanMode: z.int(),
    /** In minutes. */
    duration: z.number().positive().max(43_200),
  }),
  responses: { 200: { description: 'It runs', schema: precleanView } },
  async handle({ body: { deviceId, duration, fanMode }, orgId, principal }, { clock, control }) {
    const started = await control.start(orgId, deviceId, {
      action: fanAction,
      value: fanMode,
      durationMs: Math.max(1, Math.round(duration * 60_000)),
      reason: 'pre-clean',
      source: 'api',
      requestedBy: callerOf(principal),
    })
    if (started.kind === 'no-device') return noSuchDevice()
    if (started.kind === 'wrong')
      return refuse(invalid(started.path === 'value' ? 'body.fanMode' : 'body.deviceId', started.message))
    if (started.kind === 'held') return refuse(problem(409, started.message))
    const view = await control.view(orgId, deviceId)
    return reply(200, viewPreclean(deviceId, started.override, view?.beneath ?? new Map(), clock.nowMs()))
  },
})

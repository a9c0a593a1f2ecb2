import { z } from 'zod'
import { callerOf } from '../../commands/caller.ts'
import { commandValueSchema } from '../../devices/check-command.ts'
import { deviceParams, noSuchDevice } from '../../devices/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { domain } from '../domain.ts'
import { overrideView, viewOverride } from '../views.ts'

const longestMs = 30 * 24 * 3_600_000

export const operation = defineOperation({
  id: 'setOverride',
  method: 'put',
  path: '/api/v1/devices/:id/override',
  tag: 'overrides',
  summary:
    'Have a device do something for a while, whatever its schedule says; one that runs is extended or replaced. With `Prefer: wait=5` the answer comes when the device has acknowledged it, or it has failed',
  access: 'modules:iot:overrides:update',
  needs: { control: domain, ...kit('clock') },
  params: deviceParams,
  body: z.strictObject({
    /** The only action of the class that takes a value, if absent. */
    action: z.string().min(1).max(64).optional(),
    value: commandValueSchema.optional(),
    durationMs: z.int().min(1).max(longestMs),
    reason: z.string().max(500).optional(),
    source: z.enum(['api', 'dashboard']).default('api'),
  }),
  responses: { 200: { description: 'It runs', schema: z.object({ override: overrideView }) } },
  async handle({ body, orgId, params: { id }, preferWaitMs, principal }, { clock, control }) {
    const started = await control.start(orgId, id, { ...body, requestedBy: callerOf(principal) })
    if (started.kind === 'no-device') return noSuchDevice()
    if (started.kind === 'wrong') return refuse(invalid(`body.${started.path}`, started.message))
    if (started.kind === 'held') return refuse(problem(409, started.message))
    if (preferWaitMs === undefined)
      return reply(200, { override: viewOverride(id, started.override, clock.nowMs()) })
    const override =
      (await control.whenSettled(orgId, id, started.override.id, preferWaitMs)) ?? started.override
    return reply(
      200,
      { override: viewOverride(id, override, clock.nowMs()) },
      { 'preference-applied': `wait=${preferWaitMs / 1000}` },
    )
  },
})

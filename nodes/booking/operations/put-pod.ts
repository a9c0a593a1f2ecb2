import { z } from 'zod'
import { domain } from '../domain.ts'
import { podSettingsSchema, podView, viewPod } from '../pod.ts'
import { noSuchDevice } from '../../devices/operations/parts.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'

export const operation = defineOperation({
  id: 'putPod',
  method: 'put',
  path: '/api/v1/pods/:id',
  tag: 'pods',
  summary:
    'Let a device of a bookable class be booked, or change how; bookings that there are stay as they are',
  access: 'modules:booking:pods:update',
  needs: { booking: domain },
  params: z.object({ id: z.string() }),
  body: podSettingsSchema,
  responses: {
    200: { description: 'It was changed', schema: z.object({ pod: podView }) },
    201: { description: 'It can be booked from now on', schema: z.object({ pod: podView }) },
  },
  async handle({ body, orgId, params }, { booking }) {
    const saved = await booking.pods.save(orgId, params.id, body)
    if (saved.kind === 'no-device') return noSuchDevice()
    if (saved.kind === 'not-bookable')
      return refuse(problem(422, `devices of the class ${saved.classKey} cannot be booked`))
    if (saved.kind === 'no-codes')
      return refuse(invalid('body.accessMode', `the class ${saved.classKey} has no command provisionCodes`))
    const location = `/api/v1/pods/${encodeURIComponent(params.id)}`
    return saved.isNew
      ? reply(201, { pod: viewPod(saved.pod) }, { location })
      : reply(200, { pod: viewPod(saved.pod) })
  },
})

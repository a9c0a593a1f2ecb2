import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { invalid, ownDevice } from '../../devices/operations/parts.ts'
import { isGranted } from '../../identity/permission.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import {
  maxOpenReplays,
  newReplay,
  offsetSchema,
  openStates,
  replayCollection,
  replaySchema,
  replayTargetSchema,
  sameFlow,
} from '../replay-job.ts'

const time = z.iso.datetime({ offset: true })

export const operation = defineOperation({
  id: 'createReplay',
  method: 'post',
  path: '/api/v1/replays',
  tag: 'replays',
  summary:
    'Send what was received before through the pipeline again; readings that are stored are not stored twice',
  access: 'modules:iot:replays:create',
  body: z.strictObject({
    /** One device; without it all devices of the organization. */
    deviceId: z.string().optional(),
    /** All devices of all organizations, for platform administrators. */
    everyOrganization: z.boolean().default(false),
    /** When it was received: from inclusive, to exclusive. */
    from: time.optional(),
    to: time.optional(),
    /** As in dead letters and in a replay's own `upToOffset`; instead of `from`. */
    fromOffset: offsetSchema.optional(),
    /** `same`, or the target of a replay node on another tab. */
    target: replayTargetSchema.default(sameFlow),
  }),
  responses: { 202: { description: 'It waits for its turn', schema: replaySchema } },
  async handle({ body, orgId, principal }, platform) {
    const { clock, secrets, store } = platform
    if (body.everyOrganization) {
      if (!isGranted(principal?.permissions ?? [], 'modules:platform:replays:create'))
        return refuse(problem(403, 'only platform administrators may replay every organization'))
      if (body.deviceId !== undefined)
        return invalid('body.deviceId', 'either one device or every organization')
    }
    if (body.deviceId !== undefined && ownDevice(platform, orgId, body.deviceId) === undefined)
      return invalid('body.deviceId', 'there is no such device')
    if (body.from !== undefined && body.fromOffset !== undefined)
      return invalid('body.fromOffset', 'either from or fromOffset')
    if (body.from !== undefined && body.to !== undefined && parseIsoTime(body.from) >= parseIsoTime(body.to))
      return invalid('body.to', 'must be after from')

    const jobs = store.organization(orgId).collection(replayCollection)
    if ((await jobs.count({ state: { $in: openStates } })) >= maxOpenReplays)
      return refuse(problem(409, `${maxOpenReplays} replays wait already`))
    const job = newReplay(secrets.newId(), orgId, body, clock.nowMs())
    await jobs.insert(job)
    return reply(202, job, { location: `/api/v1/replays/${job.id}` })
  },
})

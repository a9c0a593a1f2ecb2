import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { ownDevice } from '../../devices/operations/parts.ts'
import { isGranted } from '../../platform/kit/endpoints/permission.ts'
import type { ReplayRefusal } from '../replay-decider.ts'
import {
  maxOpenReplays,
  offsetSchema,
  openStates,
  replayCollection,
  replayJobName,
  replaySchema,
  replayTargetSchema,
  sameFlow,
  viewReplay,
} from '../replay-job.ts'
import { replaysOf } from '../replay-service.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'

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
  needs: { ...kit('clock', 'jobs', 'relay', 'secrets', 'store'), devices: devicesDomain },
  async handle({ body, orgId, principal }, needed) {
    const { jobs, secrets, store } = needed
    if (body.everyOrganization) {
      if (!isGranted(principal?.permissions ?? [], 'modules:platform:replays:create'))
        return refuse(problem(403, 'only platform administrators may replay every organization'))
      if (body.deviceId !== undefined)
        return refuse(invalid('body.deviceId', 'either one device or every organization'))
    }
    if (body.deviceId !== undefined && ownDevice(needed.devices, orgId, body.deviceId) === undefined)
      return refuse(invalid('body.deviceId', 'there is no such device'))
    const documents = store.organization(orgId).collection(replayCollection)
    const open = await documents.count({ state: { $in: openStates } })
    const id = secrets.newId()
    const outcome = await replaysOf(needed).handle(orgId, id, {
      type: 'RequestReplay',
      id,
      orgId,
      wanted: body,
      open,
    })
    if (outcome.kind !== 'done') return refusals[outcome.kind === 'refused' ? outcome.refusal : 'exists']()
    jobs.wake(replayJobName)
    const stored = await documents.get(id)
    if (stored === undefined) return refusals.missing()
    return reply(202, viewReplay(stored.document), { location: `/api/v1/replays/${id}` })
  },
})

const refusals = {
  'two-beginnings': () => refuse(invalid('body.fromOffset', 'either from or fromOffset')),
  'from-not-before-to': () => refuse(invalid('body.to', 'must be after from')),
  'too-many': () => refuse(problem(409, `${maxOpenReplays} replays wait already`)),
  exists: () => refuse(problem(409, 'there is such a replay already')),
  missing: () => refuse(problem(404, 'no such replay')),
} satisfies Record<ReplayRefusal, () => unknown>

import { z } from 'zod'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { holdView, viewHold } from '../archive-views.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'

/** More days than that are a matter for several requests. */
const maxDays = 366

export const operation = defineOperation({
  id: 'restoreArchive',
  method: 'post',
  path: '/api/v1/archive/restore',
  tag: 'archive',
  summary:
    'Bring archived days back into the series, of all devices or one, and keep them there for some days',
  access: 'modules:iot:archive:restore',
  body: z.strictObject({
    /** Inclusive, both. */
    from: z.iso.date(),
    to: z.iso.date(),
    deviceId: z.string().optional(),
    keepDays: z.int().min(1).max(3650).default(7),
  }),
  responses: {
    202: { description: 'The days that are coming back', schema: z.object({ items: z.array(holdView) }) },
  },
  needs: { ...kit('archive'), devices: devicesDomain },
  async handle({ body: { deviceId, from, keepDays, to }, orgId }, { archive, devices }) {
    if (from > to) return refuse(invalid('body.from', 'is after body.to'))
    if (deviceId !== undefined && ownDevice(devices, orgId, deviceId) === undefined) return noSuchDevice()
    const wanted = { fromDay: from, toDay: to, keepDays, ...(deviceId === undefined ? {} : { deviceId }) }
    const days = (await archive.days(orgId)).filter(({ day }) => day >= from && day <= to)
    if (days.length > maxDays)
      return refuse(invalid('body.to', `reaches over more than ${maxDays} archived days`))
    const holds = await archive.restore(orgId, wanted)
    if (holds.length === 0) return refuse(problem(404, 'nothing of that time is archived'))
    return reply(202, { items: holds.map(viewHold) })
  },
})

import { z } from 'zod'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as schedulesDomain } from '../../schedules/domain.ts'
import { refusalOf } from '../../schedules/operations/parts.ts'
import { compatScheduleView, scheduleBody, viewCompat, wantedOf } from '../schedule-body.ts'

export const operation = defineOperation({
  id: 'compatCreateSchedule',
  method: 'post',
  path: '/api/schedule',
  tag: 'schedules',
  summary: 'A weekly window of a purifier, as apps of before ask for it',
  access: 'modules:iot:schedules:create',
  needs: { devices: devicesDomain, schedules: schedulesDomain },
  body: scheduleBody,
  responses: {
    201: { description: 'It counts from now on', schema: z.object({ schedule: compatScheduleView }) },
  },
  async handle({ body, orgId }, { devices, schedules }) {
    const saved = await schedules.create(orgId, wantedOf(body, devices.directory))
    if (saved.kind !== 'saved') return refusalOf(saved)
    const { schedule } = saved
    const location = `/api/schedule/detail/${schedule.id}`
    return reply(201, { schedule: viewCompat(schedule) }, { location })
  },
})

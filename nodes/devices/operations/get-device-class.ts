import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { deviceClassSchema } from '../device-class.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'getDeviceClass',
  method: 'get',
  path: '/api/v1/device-classes/:key',
  tag: 'devices',
  summary: 'One device class',
  access: 'modules:iot:device-classes:read',
  params: z.object({ key: z.string() }),
  responses: { 200: { description: 'The class', schema: deviceClassSchema } },
  needs: { devices: devicesDomain },
  async handle({ params, orgId }, { devices }) {
    const deviceClass = devices.directory.deviceClass(orgId, params.key)
    return deviceClass === undefined ? refuse(problem(404, 'no such device class')) : reply(200, deviceClass)
  },
})

import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { deviceClassSchema } from '../device-class.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'listDeviceClasses',
  method: 'get',
  path: '/api/v1/device-classes',
  tag: 'devices',
  summary: "All device classes: the shipped ones and the organization's own",
  access: 'modules:iot:device-classes:read',
  responses: { 200: { description: 'Device classes', schema: listOf(deviceClassSchema) } },
  needs: { devices: devicesDomain },
  async handle({ orgId }, { devices }) {
    return reply(200, { items: devices.directory.classes(orgId) })
  },
})

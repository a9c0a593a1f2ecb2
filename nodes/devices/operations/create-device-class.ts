import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { deviceClassSchema } from '../device-class.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'createDeviceClass',
  method: 'post',
  path: '/api/v1/device-classes',
  tag: 'devices',
  summary: 'Add a device class: how devices of a kind speak, and what they measure',
  access: 'modules:iot:device-classes:create',
  body: deviceClassSchema.omit({ version: true }),
  responses: { 201: { description: 'Added', schema: deviceClassSchema } },
  needs: { devices: devicesDomain },
  async handle({ body, orgId }, { devices }) {
    const created = await devices.createClass(orgId, body)
    if (created.kind === 'fault') return refuse(invalid(created.fault.path, created.fault.message))
    if (created.kind === 'exists') {
      const message = `a device class ${body.key} exists`
      return refuse(problem(409, message, [{ path: 'body.key', message }]))
    }
    return reply(201, created.deviceClass, { location: `/api/v1/device-classes/${body.key}` })
  },
})

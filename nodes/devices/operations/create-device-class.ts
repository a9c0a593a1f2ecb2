import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { deviceClassSchema, writtenClassSchema } from '../device-class.ts'
import { addedOr } from './added-class.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'createDeviceClass',
  method: 'post',
  path: '/api/v1/device-classes',
  tag: 'devices',
  summary: 'Add a device class: how devices of a kind speak, and what they measure',
  access: 'modules:iot:device-classes:create',
  body: writtenClassSchema,
  responses: { 201: { description: 'Added', schema: deviceClassSchema } },
  needs: { devices: devicesDomain },
  async handle({ body, orgId }, { devices }) {
    return addedOr(await devices.createClass(orgId, body), body.key)
  },
})

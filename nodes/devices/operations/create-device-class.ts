import { defineOperation } from '../../http/operation.ts'
import { deviceClassSchema, writtenClassSchema } from '../device-class.ts'
import { addClass } from './add-class.ts'

export const operation = defineOperation({
  id: 'createDeviceClass',
  method: 'post',
  path: '/api/v1/device-classes',
  tag: 'devices',
  summary: 'Add a device class: how devices of a kind speak, and what they measure',
  access: 'modules:iot:device-classes:create',
  body: writtenClassSchema,
  responses: { 201: { description: 'Added', schema: deviceClassSchema } },
  handle: ({ body, orgId }, platform) => addClass(body, orgId, platform),
})

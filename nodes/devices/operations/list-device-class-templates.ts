import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { classTemplateSchema, classTemplates } from '../class-templates.ts'

export const operation = defineOperation({
  id: 'listDeviceClassTemplates',
  method: 'get',
  path: '/api/v1/device-class-templates',
  tag: 'devices',
  summary: 'Makes of devices whose classes are ready to be adopted, with samples of what they send',
  access: 'modules:iot:device-classes:read',
  responses: { 200: { description: 'Templates', schema: listOf(classTemplateSchema) } },
  async handle() {
    return reply(200, { items: classTemplates })
  },
})

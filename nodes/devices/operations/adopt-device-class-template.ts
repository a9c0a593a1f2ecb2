import { z } from 'zod'
import { defineOperation, refuse } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { classTemplates } from '../class-templates.ts'
import { deviceClassSchema } from '../device-class.ts'
import { classKeySchema } from '../../platform/identifiers.ts'
import { domain as devicesDomain } from '../domain.ts'
import { addedOr } from './added-class.ts'

export const operation = defineOperation({
  id: 'adoptDeviceClassTemplate',
  method: 'post',
  path: '/api/v1/device-class-templates/:key',
  tag: 'devices',
  summary: 'Make a template a device class of the organization, under its key or another',
  access: 'modules:iot:device-classes:create',
  params: z.object({ key: z.string() }),
  body: z.strictObject({ key: classKeySchema.optional(), name: z.string().min(1).max(100).optional() }),
  responses: { 201: { description: 'Added', schema: deviceClassSchema } },
  needs: { devices: devicesDomain },
  async handle({ params, body, orgId }, { devices }) {
    const template = classTemplates.find(({ key }) => key === params.key)
    if (template === undefined) return refuse(problem(404, 'no such template'))
    const { class: written } = template
    const wanted = { ...written, key: body.key ?? written.key, name: body.name ?? written.name }
    return addedOr(await devices.createClass(orgId, wanted), wanted.key)
  },
})

import { z } from 'zod'
import { defineOperation, refuse } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { classTemplates, classWithLevel, levelSchema } from '../class-templates.ts'
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
  body: z.strictObject({
    key: classKeySchema.optional(),
    name: z.string().min(1).max(100).optional(),
    /** What stands for the level that the template asks for: `{"application":"17c82e96-…"}`. */
    levels: z.record(z.string().max(32), levelSchema).default({}),
  }),
  responses: { 201: { description: 'Added', schema: deviceClassSchema } },
  needs: { devices: devicesDomain },
  async handle({ params, body, orgId }, { devices }) {
    const template = classTemplates.find(({ key }) => key === params.key)
    if (template === undefined) return refuse(problem(404, 'no such template'))
    const asked = template.asks?.level
    const other = Object.keys(body.levels).find((level) => level !== asked)
    if (other !== undefined)
      return refuse(invalid(`body.levels.${other}`, 'is no level that the template asks for'))
    const level = asked === undefined ? undefined : body.levels[asked]
    const written = level === undefined ? template.class : classWithLevel(template, level)
    const wanted = { ...written, key: body.key ?? written.key, name: body.name ?? written.name }
    return addedOr(await devices.createClass(orgId, wanted), wanted.key)
  },
})

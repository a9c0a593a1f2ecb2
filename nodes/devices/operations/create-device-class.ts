import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { invalid, problem } from '../../http/problem.ts'
import { deviceClassCollection } from '../collections.ts'
import { deviceClassSchema, writtenClassSchema } from '../device-class.ts'
import { faultOfClass } from '../class-faults.ts'

export const operation = defineOperation({
  id: 'createDeviceClass',
  method: 'post',
  path: '/api/v1/device-classes',
  tag: 'devices',
  summary: 'Add a device class: how devices of a kind speak, and what they measure',
  access: 'modules:iot:device-classes:create',
  body: writtenClassSchema,
  responses: { 201: { description: 'Added', schema: deviceClassSchema } },
  async handle({ body, orgId }, { directory, store }) {
    const fault = faultOfClass(body, directory.shippedClasses())
    if (fault !== undefined) return refuse(invalid(fault.path, fault.message))
    const deviceClass = { ...body, version: 1 }
    const classes = store.organization(orgId).collection(deviceClassCollection)
    const insert = (): ReturnType<typeof classes.insert> => classes.insert({ ...deviceClass, id: body.key })
    const isTaken =
      directory.isShipped(body.key) ||
      (await directory.changeClass(orgId, body.key, insert)).kind === 'duplicate'
    if (isTaken) {
      const message = `a device class ${body.key} exists`
      return refuse(problem(409, message, [{ path: 'body.key', message }]))
    }
    return reply(201, deviceClass, { location: `/api/v1/device-classes/${body.key}` })
  },
})

import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { faultOfClass } from '../class-faults.ts'
import { deviceClassCollection } from '../collections.ts'
import { deviceClassSchema } from '../device-class.ts'
import { invalid } from './parts.ts'

export const operation = defineOperation({
  id: 'updateDeviceClass',
  method: 'put',
  path: '/api/v1/device-classes/:key',
  tag: 'devices',
  summary: 'Replace a device class; counts from the next message of its devices on',
  access: 'modules:iot:device-classes:update',
  params: z.object({ key: z.string() }),
  body: deviceClassSchema.omit({ version: true, key: true }),
  responses: { 200: { description: 'The class as it is now', schema: deviceClassSchema } },
  async handle({ params: { key }, body, orgId }, { directory, store }) {
    if (directory.isShipped(key))
      return refuse(problem(409, 'a shipped class cannot be changed; copy it under a key of its own'))
    const fault = faultOfClass(body)
    if (fault !== undefined) return invalid(fault.path, fault.message)
    const outcome = await store
      .organization(orgId)
      .collection(deviceClassCollection)
      .update(key, (before) => ({ ...body, id: key, key, version: before.version + 1 }))
    if (outcome.kind !== 'replaced') return refuse(problem(404, 'no such device class'))
    await directory.classChanged(orgId, key)
    return reply(200, directory.deviceClass(orgId, key))
  },
})

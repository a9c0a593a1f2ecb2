import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { faultOfClass } from '../class-faults.ts'
import { deviceClassCollection } from '../collections.ts'
import { changedClassSchema, type DeviceClass, deviceClassSchema, templatesOf } from '../device-class.ts'
import { toDeviceRecord } from '../device.ts'
import type { DeviceDirectory } from '../directory.ts'
import { allTemplates, takenTopic } from '../topic-clashes.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../domain.ts'

/** The first topic of a device of the class that, with these topics, another device would have, too. */
function firstTaken(directory: DeviceDirectory, orgId: string, changed: DeviceClass): string | undefined {
  const before = directory.deviceClass(orgId, changed.key)
  if (before !== undefined && JSON.stringify(templatesOf(before)) === JSON.stringify(templatesOf(changed)))
    return undefined
  const templates = allTemplates([...directory.allClasses(), changed])
  for (const { device, ...record } of directory.all()) {
    if (record.orgId !== orgId || device.classKey !== changed.key) continue
    const taken = takenTopic(toDeviceRecord(orgId, device, changed), directory, templates)
    if (taken !== undefined) return taken
  }
  return undefined
}

export const operation = defineOperation({
  id: 'updateDeviceClass',
  method: 'put',
  path: '/api/v1/device-classes/:key',
  tag: 'devices',
  summary: 'Replace a device class; counts from the next message of its devices on',
  access: 'modules:iot:device-classes:update',
  params: z.object({ key: z.string() }),
  body: changedClassSchema,
  responses: { 200: { description: 'The class as it is now', schema: deviceClassSchema } },
  needs: { ...kit('store'), devices: devicesDomain },
  async handle({ params: { key }, body, orgId }, { devices, store }) {
    if (devices.directory.isShipped(key))
      return refuse(problem(409, 'a shipped class cannot be changed; copy it under a key of its own'))
    const fault = faultOfClass(body, devices.directory.shippedClasses())
    if (fault !== undefined) return refuse(invalid(fault.path, fault.message))
    const changed = deviceClassSchema.parse({ ...body, key })
    const taken = firstTaken(devices.directory, orgId, changed)
    if (taken !== undefined) return refuse(invalid('body.topics', `${taken} is a topic of another device`))
    const classes = store.organization(orgId).collection(deviceClassCollection)
    const outcome = await devices.directory.changeClass(orgId, key, () =>
      classes.update(key, (before) => ({ ...body, id: key, key, version: before.version + 1 })),
    )
    if (outcome.kind !== 'replaced') return refuse(problem(404, 'no such device class'))
    return reply(200, devices.directory.deviceClass(orgId, key))
  },
})

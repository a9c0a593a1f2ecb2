import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { deviceClassCollection, deviceCollection } from '../collections.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'deleteDeviceClass',
  method: 'delete',
  path: '/api/v1/device-classes/:key',
  tag: 'devices',
  summary: 'Remove a device class that no device has',
  access: 'modules:iot:device-classes:delete',
  params: z.object({ key: z.string() }),
  responses: { 204: { description: 'Removed' } },
  needs: { ...kit('store'), devices: devicesDomain },
  async handle({ params: { key }, orgId }, { devices, store }) {
    if (devices.directory.isShipped(key)) return refuse(problem(409, 'a shipped class cannot be removed'))
    const organization = store.organization(orgId)
    const count = await organization.collection(deviceCollection).count({ classKey: key, removedAt: null })
    if (count > 0) return refuse(problem(409, `${count} devices are of this class`))
    const isRemoved = await devices.directory.changeClass(orgId, key, () =>
      organization.collection(deviceClassCollection).remove(key),
    )
    return isRemoved ? reply(204) : refuse(problem(404, 'no such device class'))
  },
})

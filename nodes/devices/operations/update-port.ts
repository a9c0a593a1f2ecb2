import { z } from 'zod'
import { defineOperation, reply } from '../../http/operation.ts'
import { deviceCollection } from '../collections.ts'
import { classPortSchema } from '../device-class.ts'
import { type DevicePort, devicePortSchema } from '../device.ts'
import { noSuchDevice, ownDevice } from './parts.ts'

export const operation = defineOperation({
  id: 'updatePort',
  method: 'patch',
  path: '/api/v1/devices/:id/ports/:port',
  tag: 'devices',
  summary:
    'Calibrate or describe a port; counts from the next reading on. Adds the port if the device lacks it',
  access: 'modules:iot:devices:update',
  params: z.object({ id: z.string(), port: z.coerce.number().int().min(0).max(1023) }),
  body: devicePortSchema.omit({ port: true }),
  responses: { 200: { description: 'The port as it counts now', schema: classPortSchema } },
  async handle({ params: { id, port }, body: changes, orgId }, platform) {
    if (ownDevice(platform, orgId, id) === undefined) return noSuchDevice()
    const devices = platform.store.organization(orgId).collection(deviceCollection)
    await platform.directory.changeDevice(orgId, id, () =>
      devices.update(id, (device) => ({ ...device, ports: withChanges(device.ports, { ...changes, port }) })),
    )
    const updated = ownDevice(platform, orgId, id)?.ports[port]
    return updated === undefined ? noSuchDevice() : reply(200, updated)
  },
})

const withChanges = (ports: readonly DevicePort[], changes: DevicePort): DevicePort[] => {
  const before = ports.find(({ port }) => port === changes.port)
  return [...ports.filter(({ port }) => port !== changes.port), { ...before, ...changes }]
}

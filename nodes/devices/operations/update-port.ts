import { z } from 'zod'
import { wholeNumber } from '../../platform/kit/endpoints/number-in-text.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { deviceCollection, unlessRemoved } from '../collections.ts'
import { classPortSchema } from '../device-class.ts'
import { type DevicePort, devicePortSchema } from '../device-ports.ts'
import { noSuchDevice, ownDevice } from './parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'updatePort',
  method: 'patch',
  path: '/api/v1/devices/:id/ports/:port',
  tag: 'devices',
  summary:
    'Calibrate or describe a port; counts from the next reading on. Adds the port if the device lacks it',
  access: 'modules:iot:devices:update',
  params: z.object({ id: z.string(), port: wholeNumber(z.int().min(0).max(1023)) }),
  body: devicePortSchema.omit({ port: true }),
  responses: { 200: { description: 'The port as it counts now', schema: classPortSchema } },
  needs: { ...kit('store'), devices: devicesDomain },
  async handle({ params: { id, port }, body: changes, orgId }, { devices, store }) {
    if (ownDevice(devices, orgId, id) === undefined) return noSuchDevice()
    const documents = store.organization(orgId).collection(deviceCollection)
    await devices.directory.changeDevice(orgId, id, () =>
      documents.update(
        id,
        unlessRemoved((device) => ({
          ...device,
          ports: withChanges(device.ports, { ...changes, port }),
        })),
      ),
    )
    const updated = ownDevice(devices, orgId, id)?.ports[port]
    return updated === undefined ? noSuchDevice() : reply(200, updated)
  },
})

const withChanges = (ports: readonly DevicePort[], changes: DevicePort): DevicePort[] => {
  const before = ports.find(({ port }) => port === changes.port)
  return [...ports.filter(({ port }) => port !== changes.port), { ...before, ...changes }]
}

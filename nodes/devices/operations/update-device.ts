import { defineOperation, type Outcome, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { deviceCollection, deviceDocumentSchema, unlessRemoved } from '../collections.ts'
import { type Device, type DeviceRecord, deviceSchema, toDeviceRecord } from '../device.ts'
import type { DeviceDirectory } from '../directory.ts'
import { allTemplates, takenTopic } from '../topic-clashes.ts'
import { deviceView, viewDevice } from '../views.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../domain.ts'

// The defaults of the full schema must not fill in what the caller left out.
const { tags, isEnabled } = deviceSchema.shape
const body = deviceSchema
  .pick({
    address: true,
    children: true,
    gateway: true,
    location: true,
    name: true,
    serialNumber: true,
    zone: true,
  })
  .extend({ tags: tags.unwrap(), isEnabled: isEnabled.unwrap() })
  .partial()

/** What is wrong with where the device would stand among the others. */
function faultOfDevice(
  directory: DeviceDirectory,
  { device, deviceClass, orgId }: DeviceRecord,
  { address, gateway }: Partial<Pick<Device, 'address' | 'gateway'>>,
): Outcome | undefined {
  if (gateway !== undefined && (gateway === device.id || directory.lookup(gateway)?.orgId !== orgId))
    return refuse(invalid('body.gateway', `there is no other device ${gateway}`))
  if (address === undefined) return undefined
  const record = toDeviceRecord(orgId, { ...device, address }, deviceClass)
  if (takenTopic(record, directory, allTemplates(directory.allClasses())) === undefined) return undefined
  return refuse(
    conflict('body.address', 'with this address one of its topics would be that of another device'),
  )
}

export const operation = defineOperation({
  id: 'updateDevice',
  method: 'patch',
  path: '/api/v1/devices/:id',
  tag: 'devices',
  summary:
    'Change name, serial number, location, tags, time zone, address, gateway, whom it may bring along; enable or disable',
  access: 'modules:iot:devices:update',
  params: deviceParams,
  body,
  responses: { 200: { description: 'The device as it is now', schema: deviceView } },
  needs: { ...kit('broker', 'store'), devices: devicesDomain },
  async handle({ params, body: changes, orgId }, { broker, devices, store }) {
    const before = ownDevice(devices, orgId, params.id)
    if (before === undefined) return noSuchDevice()
    const fault = faultOfDevice(devices.directory, before, changes)
    if (fault !== undefined) return fault
    const documents = store.organization(orgId).collection(deviceCollection)
    const outcome = await devices.directory.changeDevice(orgId, params.id, () =>
      documents.update(
        params.id,
        unlessRemoved((device) => deviceDocumentSchema.parse({ ...device, ...changes })),
      ),
    )
    if (outcome.kind === 'duplicate') return refuse(problem(409, `a device with this ${outcome.key} exists`))
    if (changes.isEnabled === false || changes.address !== undefined) await broker.disconnect(params.id)
    const record = ownDevice(devices, orgId, params.id)
    return record === undefined
      ? noSuchDevice()
      : reply(200, viewDevice(record, await devices.states.get(orgId, params.id)))
  },
})

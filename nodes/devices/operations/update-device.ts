import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { deviceCollection, deviceDocumentSchema, unlessRemoved } from '../collections.ts'
import { deviceSchema } from '../device.ts'
import { deviceView, viewDevice } from '../views.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../domain.ts'

// The defaults of the full schema must not fill in what the caller left out.
const { tags, isEnabled } = deviceSchema.shape
const body = deviceSchema
  .pick({ name: true, serialNumber: true, location: true })
  .extend({ tags: tags.unwrap(), isEnabled: isEnabled.unwrap() })
  .partial()

export const operation = defineOperation({
  id: 'updateDevice',
  method: 'patch',
  path: '/api/v1/devices/:id',
  tag: 'devices',
  summary: 'Change name, serial number, location, tags; enable or disable',
  access: 'modules:iot:devices:update',
  params: deviceParams,
  body,
  responses: { 200: { description: 'The device as it is now', schema: deviceView } },
  needs: { ...kit('broker', 'store'), devices: devicesDomain },
  async handle({ params, body: changes, orgId }, { broker, devices, store }) {
    if (ownDevice(devices, orgId, params.id) === undefined) return noSuchDevice()
    const documents = store.organization(orgId).collection(deviceCollection)
    const outcome = await devices.directory.changeDevice(orgId, params.id, () =>
      documents.update(
        params.id,
        unlessRemoved((device) => deviceDocumentSchema.parse({ ...device, ...changes })),
      ),
    )
    if (outcome.kind === 'duplicate') return refuse(problem(409, `a device with this ${outcome.key} exists`))
    if (changes.isEnabled === false) await broker.disconnect(params.id)
    const record = ownDevice(devices, orgId, params.id)
    return record === undefined
      ? noSuchDevice()
      : reply(200, viewDevice(record, await devices.states.get(orgId, params.id)))
  },
})

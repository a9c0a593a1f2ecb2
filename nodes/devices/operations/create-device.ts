import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { type CreatedDevice, type WantedDevice, wantedDeviceSchema } from '../create-device.ts'
import { domain as devicesDomain } from '../domain.ts'
import { credentialView, deviceView, viewDevice } from '../views.ts'

export const operation = defineOperation({
  id: 'createDevice',
  method: 'post',
  path: '/api/v1/devices',
  tag: 'devices',
  summary: 'Register a device; its password is shown this once',
  access: 'modules:iot:devices:create',
  body: wantedDeviceSchema,
  responses: {
    201: { description: 'Registered', schema: z.object({ device: deviceView, credential: credentialView }) },
  },
  needs: { devices: devicesDomain },
  async handle({ body, orgId }, { devices }) {
    const created = await devices.createDevice(orgId, body)
    if (created.kind !== 'created') return refusalOf(created, body)
    const { password, record } = created
    const { id } = record.device
    return reply(
      201,
      {
        device: viewDevice(record, await devices.states.get(orgId, id)),
        credential: { username: id, password },
      },
      { location: `/api/v1/devices/${id}` },
    )
  },
})

type Refusal = Exclude<CreatedDevice, { readonly kind: 'created' }>

function refusalOf(
  refusal: Refusal,
  { address, classKey, gateway }: WantedDevice,
): ReturnType<typeof refuse> {
  const named = address === undefined ? 'id' : 'address'
  const refusals = {
    'unknown-class': () => refuse(invalid('body.classKey', `there is no device class ${classKey}`)),
    'port-twice': () => refuse(invalid('body.ports', 'a port is named twice')),
    reserved: () => refuse(invalid('body.id', 'this id is reserved')),
    'being-removed': () =>
      refuse(conflict('body.id', 'a device with this id is being removed'), { 'retry-after': '1' }),
    'removed-meanwhile': () => refuse(problem(409, 'the device was removed meanwhile')),
    // Says nothing of whose the topic is: it may be another organization's.
    'topic-taken': () =>
      refuse(
        conflict(`body.${named}`, `with this ${named} one of its topics would be that of another device`),
      ),
    'serial-taken': () => refuse(conflict('body.serialNumber', 'a device with this serialNumber exists')),
    'address-taken': () => refuse(conflict('body.address', 'a device with this address exists')),
    'unknown-gateway': () => refuse(invalid('body.gateway', `there is no device ${gateway}`)),
    'id-taken': () => refuse(conflict('body.id', 'a device with this id exists')),
  } satisfies Record<Refusal['kind'], () => unknown>
  return refusals[refusal.kind]()
}

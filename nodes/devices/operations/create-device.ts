import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { deviceCollection } from '../collections.ts'
import { deviceSchema } from '../device.ts'
import { credentialView, deviceView, viewDevice } from '../views.ts'
import { invalid } from './parts.ts'

const body = deviceSchema.omit({ credential: true, createdAt: true }).partial({ id: true })

export const operation = defineOperation({
  id: 'createDevice',
  method: 'post',
  path: '/api/v1/devices',
  tag: 'devices',
  summary: 'Register a device; its password is shown this once',
  access: 'modules:iot:devices:create',
  body,
  responses: {
    201: { description: 'Registered', schema: z.object({ device: deviceView, credential: credentialView }) },
  },
  async handle({ body: wanted, orgId }, { clock, deviceStates, directory, secrets, store }) {
    if (directory.deviceClass(orgId, wanted.classKey) === undefined) {
      return invalid('body.classKey', `there is no device class ${wanted.classKey}`)
    }
    const ports = wanted.ports.map(({ port }) => port)
    if (new Set(ports).size < ports.length) return invalid('body.ports', 'a port is named twice')
    const password = secrets.newDevicePassword()
    const id = wanted.id ?? secrets.newId()
    const inserted = await store
      .organization(orgId)
      .collection(deviceCollection)
      .insert({
        ...wanted,
        id,
        credential: secrets.hashDevicePassword(password),
        createdAt: toIsoTime(clock.nowMs()),
      })
    if (inserted.kind === 'duplicate') {
      const field = inserted.key === 'serialNumber' ? 'serialNumber' : 'id'
      const message = `a device with this ${field} exists`
      return refuse(problem(409, message, [{ path: `body.${field}`, message }]))
    }
    await directory.deviceChanged(orgId, id)
    const record = directory.lookup(id)
    if (record === undefined) return refuse(problem(409, 'the device was removed meanwhile'))
    return reply(
      201,
      {
        device: viewDevice(record, await deviceStates.get(orgId, id)),
        credential: { username: id, password },
      },
      { location: `/api/v1/devices/${id}` },
    )
  },
})

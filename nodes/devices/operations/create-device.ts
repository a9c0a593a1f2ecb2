import { z } from 'zod'
import { defineOperation, type Outcome, refuse, reply } from '../../http/operation.ts'
import { invalid, problem } from '../../http/problem.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { deviceCollection } from '../collections.ts'
import { type DeviceRecord, deviceSchema, toDeviceRecord } from '../device.ts'
import type { DeviceDirectory } from '../directory.ts'
import { isBeingRemoved } from '../remove-device.ts'
import { allTemplates, takenTopic } from '../topic-clashes.ts'
import { credentialView, deviceView, viewDevice } from '../views.ts'

const body = deviceSchema.omit({ credential: true, createdAt: true }).partial({ id: true })

const topicTaken = (directory: DeviceDirectory, record: DeviceRecord): string | undefined =>
  takenTopic(record, directory, allTemplates(directory.allClasses()))

/** Says nothing of whose the topic is: it may be another organization's. */
function noTopics({ address }: { readonly address?: string | undefined }): Outcome {
  const field = address === undefined ? 'id' : 'address'
  const message = `with this ${field} one of its topics would be that of another device`
  return refuse(problem(409, message, [{ path: `body.${field}`, message }]))
}

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
  async handle({ body: wanted, orgId }, { brokerAccess, clock, deviceStates, directory, secrets, store }) {
    const deviceClass = directory.deviceClass(orgId, wanted.classKey)
    if (deviceClass === undefined) {
      return refuse(invalid('body.classKey', `there is no device class ${wanted.classKey}`))
    }
    const ports = wanted.ports.map(({ port }) => port)
    if (new Set(ports).size < ports.length) return refuse(invalid('body.ports', 'a port is named twice'))
    if (wanted.gateway !== undefined && directory.lookup(wanted.gateway)?.orgId !== orgId)
      return refuse(invalid('body.gateway', `there is no device ${wanted.gateway}`))
    const password = secrets.newDevicePassword()
    const id = wanted.id ?? secrets.newId()
    if (brokerAccess.isReserved(id)) return refuse(invalid('body.id', 'this id is reserved'))
    const device = {
      ...wanted,
      id,
      credential: secrets.hashDevicePassword(password),
      createdAt: toIsoTime(clock.nowMs()),
    }
    if (await isBeingRemoved({ store }, id)) {
      const message = 'a device with this id is being removed'
      return refuse(problem(409, message, [{ path: 'body.id', message }]), { 'retry-after': '1' })
    }
    if (topicTaken(directory, toDeviceRecord(orgId, device, deviceClass)) !== undefined)
      return noTopics(device)
    const devices = store.organization(orgId).collection(deviceCollection)
    const inserted = await directory.changeDevice(orgId, id, () => devices.insert(device))
    if (inserted.kind === 'duplicate') {
      const field = inserted.key === 'serialNumber' || inserted.key === 'address' ? inserted.key : 'id'
      const message = `a device with this ${field} exists`
      return refuse(problem(409, message, [{ path: `body.${field}`, message }]))
    }
    const record = directory.lookup(id)
    if (record === undefined) return refuse(problem(409, 'the device was removed meanwhile'))
    // Another may have been registered at the same time: each of the two sees the other by now, or the later one does.
    if (topicTaken(directory, record) !== undefined) {
      await directory.changeDevice(orgId, id, () => devices.remove(id))
      return noTopics(device)
    }
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

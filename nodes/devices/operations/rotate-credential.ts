import { z } from 'zod'
import { defineOperation, reply } from '../../http/operation.ts'
import { deviceCollection } from '../collections.ts'
import { credentialView } from '../views.ts'
import { deviceParams, noSuchDevice, ownDevice } from './parts.ts'

export const operation = defineOperation({
  id: 'rotateDeviceCredential',
  method: 'post',
  path: '/api/v1/devices/:id/credential',
  tag: 'devices',
  summary: 'Give the device a new password; the old one ends at once, with its connections',
  access: 'modules:iot:devices:update',
  params: deviceParams,
  responses: { 201: { description: 'The new password', schema: z.object({ credential: credentialView }) } },
  async handle({ params, orgId }, platform) {
    if (ownDevice(platform, orgId, params.id) === undefined) return noSuchDevice()
    const password = platform.secrets.newDevicePassword()
    const credential = platform.secrets.hashDevicePassword(password)
    const devices = platform.store.organization(orgId).collection(deviceCollection)
    await platform.directory.changeDevice(orgId, params.id, () =>
      devices.update(params.id, (device) => ({ ...device, credential })),
    )
    await platform.broker.disconnect(params.id)
    return reply(201, { credential: { username: params.id, password } })
  },
})

import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { credentialView } from '../views.ts'
import { deviceParams, noSuchDevice } from './parts.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'rotateDeviceCredential',
  method: 'post',
  path: '/api/v1/devices/:id/credential',
  tag: 'devices',
  summary: 'Give the device a new password; the old one ends at once, with its connections',
  access: 'modules:iot:devices:update',
  params: deviceParams,
  responses: { 201: { description: 'The new password', schema: z.object({ credential: credentialView }) } },
  needs: { devices: devicesDomain },
  async handle({ params: { id }, orgId }, { devices }) {
    const password = await devices.renewPassword(orgId, id)
    return password === undefined ? noSuchDevice() : reply(201, { credential: { username: id, password } })
  },
})

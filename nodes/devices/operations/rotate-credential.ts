import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { chosenPasswordSchema } from '../password-rule.ts'
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
  /** Its own password, where it cannot be given one. */
  body: z.strictObject({ password: chosenPasswordSchema.optional() }).default({}),
  responses: { 201: { description: 'The new password', schema: z.object({ credential: credentialView }) } },
  needs: { devices: devicesDomain },
  async handle({ body, params: { id }, orgId }, { devices }) {
    const renewed = await devices.renewPassword(orgId, id, body.password)
    if (renewed.kind === 'missing') return noSuchDevice()
    if (renewed.kind === 'weak') return refuse(invalid('body.password', renewed.fault))
    return reply(201, { credential: { username: id, password: renewed.password } })
  },
})

import { z } from 'zod'
import { domain as bookingDomain } from '../../booking/domain.ts'
import { noSuchPod } from '../../booking/operations/parts.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { keypadView, viewKeypad } from './parts.ts'

export const operation = defineOperation({
  id: 'getKeypad',
  method: 'get',
  path: '/api/v1/pods/:id/keypad',
  tag: 'access',
  summary: 'Whether the keypad of a pod is locked out, and how many wrong codes count',
  access: 'modules:booking:keypads:read',
  needs: { access: domain, booking: bookingDomain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The keypad', schema: z.object({ keypad: keypadView }) } },
  async handle({ orgId, params }, { access: { access }, booking: { pods } }) {
    if ((await pods.get(orgId, params.id)) === undefined) return noSuchPod()
    const keypad = await access.keypad(orgId, params.id)
    return reply(200, { keypad: viewKeypad(params.id, keypad, access.isLocked(keypad)) })
  },
})

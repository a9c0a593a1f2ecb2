import { z } from 'zod'
import { domain as bookingDomain } from '../../booking/domain.ts'
import { noSuchPod } from '../../booking/operations/parts.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf } from '../../platform/kit/endpoints/owner.ts'
import { keypadView, viewKeypad } from './parts.ts'

export const operation = defineOperation({
  id: 'unlockKeypad',
  method: 'post',
  path: '/api/v1/pods/:id/unlock-keypad',
  tag: 'access',
  summary: 'End the lock-out of a keypad at which wrong codes were typed',
  access: 'modules:booking:keypads:update',
  needs: { access: domain, booking: bookingDomain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'It takes codes again', schema: z.object({ keypad: keypadView }) } },
  async handle(request, { access: { access }, booking: { pods } }) {
    const { orgId, params } = request
    if ((await pods.get(orgId, params.id)) === undefined) return noSuchPod()
    await access.unlock(orgId, params.id, actorOf(request))
    const keypad = await access.keypad(orgId, params.id)
    return reply(200, { keypad: viewKeypad(params.id, keypad, access.isLocked(keypad)) })
  },
})

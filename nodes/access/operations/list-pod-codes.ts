import { z } from 'zod'
import { domain as bookingDomain } from '../../booking/domain.ts'
import { noSuchPod } from '../../booking/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain } from '../domain.ts'
import { podCodesView, viewPodCodes } from '../pod-codes.ts'

export const operation = defineOperation({
  id: 'listPodCodes',
  method: 'get',
  path: '/api/v1/pods/:id/codes',
  tag: 'access',
  summary:
    'Which bookings have a code for this door, and until when it may open it; never the codes themselves',
  access: 'modules:booking:keypads:read',
  needs: { ...kit('clock'), access: domain, booking: bookingDomain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The codes, and what the lock knows of them', schema: podCodesView } },
  async handle({ orgId, params }, { access: { access }, booking: { pods }, clock }) {
    const pod = await pods.get(orgId, params.id)
    if (pod === undefined) return noSuchPod()
    const lock = await access.locks.get(orgId, pod.id)
    return reply(200, viewPodCodes(pod, lock, await access.codesOf(orgId, pod.id), clock.nowMs()))
  },
})

import { z } from 'zod'
import { domain } from '../domain.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf } from '../../platform/kit/endpoints/owner.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { reasonSchema } from './parts.ts'

const refusals = {
  missing: 'no such booking',
  refunded: 'It was refunded before.',
  'not-paid': 'It was not paid.',
} as const

export const operation = defineOperation({
  id: 'refundBooking',
  method: 'post',
  path: '/api/v1/bookings/:id/refund',
  tag: 'payments',
  summary: 'Give back so much of what a booking cost, to the wallet; once',
  access: 'modules:billing:refunds:create',
  needs: { ...kit('secrets'), billing: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({ percent: z.number().min(1).max(100), reason: reasonSchema }),
  responses: {
    200: {
      description: 'It is in the wallet',
      schema: z.object({
        refund: z.object({ bookingId: z.string(), credits: z.int(), reason: z.string() }),
      }),
    },
  },
  async handle(request, { billing, secrets }) {
    const { body, orgId, params } = request
    const refund = { id: secrets.newId(), actor: actorOf(request), ...body }
    const outcome = await billing.payments.refund(orgId, params.id, refund)
    if (outcome.kind === 'refused')
      return refuse(problem(outcome.refusal === 'missing' ? 404 : 409, refusals[outcome.refusal]))
    if (outcome.kind === 'duplicate' || outcome.events.length === 0)
      return refuse(problem(409, 'There is nothing of it to give back.'))
    const { refund: done } = outcome.state
    return reply(200, {
      refund: { bookingId: params.id, credits: done?.credits ?? 0, reason: body.reason },
    })
  },
})

import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem, unreadable } from '../../platform/kit/endpoints/problem.ts'
import { providerKeys } from '../../platform/payments/port.ts'

const maxBytes = 256 * 1024

export const operation = defineOperation({
  id: 'receivePaymentWebhook',
  method: 'post',
  path: '/api/v1/payments/webhooks/:provider',
  tag: 'payments',
  summary: 'What a payment provider tells, under its own signature',
  access: 'public',
  needs: { billing: domain },
  params: z.object({ provider: z.string() }),
  bodyKind: 'bytes',
  body: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  headers: [
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'stripe-signature',
    'x-authenticity-token',
  ],
  responses: { 200: { description: 'It is on disk, or nothing that concerns us' } },
  async handle({ body, headers = {}, params }, { billing }) {
    const provider = providerKeys.find((key) => key === params.provider)
    const unknown = refuse(problem(404, 'no such payment provider'))
    if (provider === undefined) return unknown
    if (body.byteLength > maxBytes) return refuse(problem(413))
    const heard = await billing.purchases.hear(provider, { headers, body })
    if (heard === 'no-provider') return unknown
    return typeof heard === 'object' ? refuse(unreadable('body', heard.refused)) : reply(200)
  },
})

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { SandboxCheckout } from '../../../engines/payments/sandbox.ts'
import { sign } from '../../../engines/payments/standard-webhooks.ts'
import type { Desk, Payment } from '../desk.ts'
import { type Answer, jsonOf, notFound, type Protocol, type ProtocolParts } from '../protocol.ts'

const wantedSchema = z.object({
  reference: z.string().min(1),
  amountMinor: z.int().min(1),
  currency: z.string().length(3),
  description: z.string(),
  returnUrl: z.url(),
  webhookUrl: z.url(),
})

/** A provider of our own, of no real money. */
export function sandboxProtocol({ nowMs, pageOf, secret }: ProtocolParts): Protocol {
  const idOf = ({ key }: Payment): string => `co_${key}`
  const view = (payment: Payment): SandboxCheckout => ({
    id: idOf(payment),
    reference: payment.reference,
    status: payment.status,
    ...payment.price,
    url: pageOf(payment.key),
  })

  function create(text: string, desk: Desk): Answer {
    const wanted = wantedSchema.safeParse(jsonOf(text))
    if (!wanted.success) return { status: 400, body: { error: wanted.error.message } }
    const { amountMinor, currency, ...others } = wanted.data
    return { status: 201, body: view(desk.open({ ...others, price: { amountMinor, currency } })) }
  }

  function refund(payment: Payment, desk: Desk): Answer {
    if (payment.status === 'paid') desk.become(payment.key, { status: 'refunded' })
    else if (payment.status !== 'refunded') return { status: 409, body: { error: 'it was not paid' } }
    return { status: 200, body: view(desk.find(payment.key) ?? payment) }
  }

  return {
    authorization: `Bearer ${secret}`,
    declined: { status: 'failed' },
    answer({ method, path: [first, id = '', action], query, text }, desk) {
      if (first !== 'checkouts') return notFound
      if (id === '' && method === 'POST') return create(text, desk)
      if (id === '') {
        const [fromMs, toMs] = [Number(query.get('from')), Number(query.get('to'))]
        const within = desk.all().filter(({ createdAtMs }) => createdAtMs >= fromMs && createdAtMs < toMs)
        return { status: 200, body: { items: within.map(view) } }
      }
      const payment = desk.find(id.replace(/^co_/, ''))
      if (payment === undefined) return notFound
      return action === 'refund' ? refund(payment, desk) : { status: 200, body: view(payment) }
    },
    notice(payment) {
      const event = {
        type: `checkout.${payment.status}`,
        timestamp: new Date(nowMs()).toISOString(),
        data: view(payment),
      }
      return { headers: { 'webhook-id': `msg_${randomUUID()}` }, body: JSON.stringify(event) }
    },
    sign({ body, headers }, atMs) {
      const seconds = Math.floor(atMs / 1000)
      const signature = sign(secret, { id: headers['webhook-id'] ?? '', seconds, body })
      return {
        body,
        headers: { ...headers, 'webhook-timestamp': String(seconds), 'webhook-signature': signature },
      }
    },
  }
}

import { randomUUID } from 'node:crypto'
import { stripeSignature } from '../../../engines/payments/stripe-signature.ts'
import type { Desk, Payment } from '../desk.ts'
import { type Answer, notFound, type Protocol, type ProtocolParts } from '../protocol.ts'

const unknownParameter = (param: string): Answer => ({
  status: 400,
  body: { error: { type: 'invalid_request_error', code: 'parameter_missing', param } },
})

/** As much of Stripe as a Checkout Session needs (https://docs.stripe.com/api/checkout/sessions). */
export function stripeProtocol({ nowMs, pageOf, secret, webhookUrl }: ProtocolParts): Protocol {
  const idOf = ({ key }: Payment): string => `cs_test_${key}`
  const intentIdOf = ({ key }: Payment): string => `pi_${key}`
  const isPaid = ({ status }: Payment): boolean => status === 'paid' || status === 'refunded'

  /** Without the fields that nobody looks at. */
  function session(payment: Payment, isExpanded: boolean): object {
    const intent = {
      id: intentIdOf(payment),
      object: 'payment_intent',
      status: 'succeeded',
      latest_charge: { id: `ch_${payment.key}`, object: 'charge', refunded: payment.status === 'refunded' },
    }
    return {
      id: idOf(payment),
      object: 'checkout.session',
      client_reference_id: payment.reference,
      status: payment.status === 'expired' ? 'expired' : isPaid(payment) ? 'complete' : 'open',
      payment_status: isPaid(payment) ? 'paid' : 'unpaid',
      amount_total: payment.price.amountMinor,
      currency: payment.price.currency.toLowerCase(),
      created: payment.createdAtMs / 1000,
      url: payment.status === 'pending' ? pageOf(payment.key) : null,
      payment_intent: isPaid(payment) ? (isExpanded ? intent : intent.id) : null,
    }
  }

  function create(text: string, desk: Desk): Answer {
    const fields = new URLSearchParams(text)
    const needed = [
      'mode',
      'client_reference_id',
      'success_url',
      'line_items[0][quantity]',
      'line_items[0][price_data][currency]',
      'line_items[0][price_data][unit_amount]',
      'line_items[0][price_data][product_data][name]',
      'payment_intent_data[metadata][reference]',
    ]
    const missing = needed.find((name) => !fields.has(name))
    if (missing !== undefined) return unknownParameter(missing)
    const of = (name: string): string => fields.get(name) ?? ''
    const payment = desk.open({
      reference: of('client_reference_id'),
      price: {
        amountMinor: Number(of('line_items[0][price_data][unit_amount]')),
        currency: of('line_items[0][price_data][currency]').toUpperCase(),
      },
      description: of('line_items[0][price_data][product_data][name]'),
      returnUrl: of('success_url'),
      webhookUrl,
    })
    return { status: 200, body: session(payment, false) }
  }

  function list(query: URLSearchParams, desk: Desk): Answer {
    const limit = Number(query.get('limit') ?? 10)
    const from = Number(query.get('created[gte]') ?? 0)
    const to = Number(query.get('created[lt]') ?? Number.MAX_SAFE_INTEGER)
    const newestFirst = desk
      .all()
      .filter(({ createdAtMs }) => createdAtMs / 1000 >= from && createdAtMs / 1000 < to)
      .toReversed()
    const after = newestFirst.findIndex((payment) => idOf(payment) === query.get('starting_after')) + 1
    const page = newestFirst.slice(after, after + limit)
    const isExpanded = query.getAll('expand[]').length > 0
    const data = page.map((payment) => session(payment, isExpanded))
    return { status: 200, body: { object: 'list', data, has_more: after + limit < newestFirst.length } }
  }

  function refund(text: string, desk: Desk): Answer {
    const wanted = new URLSearchParams(text).get('payment_intent')
    const payment = desk.all().find((each) => intentIdOf(each) === wanted)
    if (payment === undefined) return unknownParameter('payment_intent')
    if (payment.status !== 'paid')
      return { status: 400, body: { error: { code: 'charge_already_refunded' } } }
    desk.become(payment.key, { status: 'refunded' })
    return { status: 200, body: { id: `re_${payment.key}`, object: 'refund', status: 'succeeded' } }
  }

  return {
    authorization: `Bearer ${secret}`,
    // The session stays open for another card.
    declined: { wasDeclined: true },
    answer({ headers, method, path: [version, ...path], query, text }, desk) {
      if (version !== 'v1') return notFound
      const what = path.join('/')
      if (method === 'POST' && headers['idempotency-key'] === undefined)
        return unknownParameter('idempotency-key')
      if (what === 'checkout/sessions') return method === 'POST' ? create(text, desk) : list(query, desk)
      if (what === 'refunds' && method === 'POST') return refund(text, desk)
      const payment = desk.all().find((each) => what === `checkout/sessions/${idOf(each)}`)
      if (payment === undefined) return notFound
      return { status: 200, body: session(payment, query.getAll('expand[]').length > 0) }
    },
    notice(payment) {
      const types: Readonly<Record<string, string>> = {
        paid: 'checkout.session.completed',
        expired: 'checkout.session.expired',
        refunded: 'charge.refunded',
      }
      const type = types[payment.status]
      if (type === undefined) return undefined
      const charge = {
        id: `ch_${payment.key}`,
        object: 'charge',
        payment_intent: intentIdOf(payment),
        refunded: true,
        amount: payment.price.amountMinor,
        currency: payment.price.currency.toLowerCase(),
        metadata: { reference: payment.reference },
      }
      const object = type === 'charge.refunded' ? charge : session(payment, false)
      const event = {
        id: `evt_${randomUUID()}`,
        object: 'event',
        created: Math.floor(nowMs() / 1000),
        type,
        data: { object },
      }
      return { headers: {}, body: JSON.stringify(event) }
    },
    sign({ body, headers }, atMs) {
      const seconds = Math.floor(atMs / 1000)
      const signature = `t=${seconds},v1=${stripeSignature(secret, seconds, body)}`
      return { body, headers: { ...headers, 'stripe-signature': signature } }
    },
  }
}

import { z } from 'zod'
import { pagbankSignature } from '../../../engines/payments/pagbank-signature.ts'
import type { Desk, Payment } from '../desk.ts'
import { type Answer, jsonOf, notFound, type Protocol, type ProtocolParts } from '../protocol.ts'

const wantedSchema = z.object({
  reference_id: z.string().max(64),
  items: z
    .array(
      z.object({
        reference_id: z.string().max(100),
        name: z.string().min(1).max(100),
        quantity: z.literal(1),
        unit_amount: z.int().min(1),
      }),
    )
    .length(1),
  redirect_url: z.url(),
  notification_urls: z.array(z.url()).length(1),
  payment_notification_urls: z.array(z.url()).length(1),
})

/** As much of PagBank as its checkout needs (https://developer.pagbank.com.br/reference/checkout-pagbank). */
export function pagbankProtocol({ pageOf, secret }: ProtocolParts): Protocol {
  const idsOf = ({ key }: Payment) => {
    const id = key.toUpperCase()
    return { checkout: `CHEC_${id}`, order: `ORDE_${id}`, charge: `CHAR_${id}` }
  }
  const itemsOf = ({ description, price, reference }: Payment) => [
    { reference_id: reference, name: description, quantity: 1, unit_amount: price.amountMinor },
  ]
  const wasTried = ({ status, wasDeclined }: Payment): boolean =>
    wasDeclined || status === 'paid' || status === 'refunded'

  function charge(payment: Payment): object {
    const { amountMinor: total, currency } = payment.price
    const isPaid = payment.status === 'paid'
    const refunded = payment.status === 'refunded' ? total : 0
    return {
      id: idsOf(payment).charge,
      status: isPaid ? 'PAID' : refunded > 0 ? 'CANCELED' : 'DECLINED',
      amount: { value: total, currency, summary: { total, paid: isPaid ? total : 0, refunded } },
    }
  }
  const order = (payment: Payment): object => ({
    id: idsOf(payment).order,
    reference_id: payment.reference.slice(-64),
    items: itemsOf(payment),
    charges: [charge(payment)],
  })
  const checkout = (payment: Payment): object => ({
    id: idsOf(payment).checkout,
    reference_id: payment.reference.slice(-64),
    status: payment.status === 'expired' ? 'EXPIRED' : 'ACTIVE',
    items: itemsOf(payment),
    links: [{ rel: 'PAY', href: pageOf(payment.key), method: 'GET' }],
    ...(wasTried(payment) ? { orders: [{ id: idsOf(payment).order }] } : {}),
  })

  function create(text: string, desk: Desk): Answer {
    const wanted = wantedSchema.safeParse(jsonOf(text))
    if (!wanted.success)
      return { status: 400, body: { error_messages: [{ description: wanted.error.message }] } }
    const { items, payment_notification_urls: urls, redirect_url: returnUrl } = wanted.data
    const [item] = items
    if (item === undefined) return notFound
    const payment = desk.open({
      reference: item.reference_id,
      price: { amountMinor: item.unit_amount, currency: 'BRL' },
      description: item.name,
      returnUrl,
      webhookUrl: urls[0] ?? '',
    })
    return { status: 201, body: checkout(payment) }
  }

  return {
    authorization: `Bearer ${secret}`,
    // The checkout stays open for another card.
    declined: { wasDeclined: true },
    answer({ method, path: [kind, id = '', action], text }, desk) {
      if (kind === 'checkouts' && method === 'POST') return create(text, desk)
      const payment = desk.all().find((each) => Object.values(idsOf(each)).includes(id))
      if (payment === undefined) return notFound
      if (kind === 'checkouts') return { status: 200, body: checkout(payment) }
      if (kind === 'orders' && wasTried(payment)) return { status: 200, body: order(payment) }
      if (kind !== 'charges' || action !== 'cancel' || method !== 'POST') return notFound
      if (payment.status !== 'paid')
        return {
          status: 400,
          body: { error_messages: [{ code: '40002', description: 'invalid_parameter' }] },
        }
      desk.become(payment.key, { status: 'refunded' })
      return { status: 201, body: charge(desk.find(payment.key) ?? payment) }
    },
    notice: (payment) => ({
      headers: {},
      body: JSON.stringify(payment.status === 'expired' ? checkout(payment) : order(payment)),
    }),
    sign: ({ body, headers }) => ({
      body,
      headers: { ...headers, 'x-authenticity-token': pagbankSignature(secret, body) },
    }),
  }
}

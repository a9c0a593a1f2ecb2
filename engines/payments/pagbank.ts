import { z } from 'zod'
import {
  type Charge,
  type ChargeStatus,
  type Money,
  type PaymentProvider,
  ProviderUnavailable,
} from '../../nodes/platform/payments/port.ts'
import { callProvider, jsonOf } from './provider-http.ts'
import { pagbankFaultOf } from './pagbank-signature.ts'

export interface PagbankOptions {
  /** Where its API is. */
  readonly url: string
  /** Of the account: who we are to it, and what its notifications prove themselves with. */
  readonly token: string
  /** Where it sends notifications. */
  readonly webhookUrl: string
}

const currency = 'BRL'

const itemSchema = z.object({
  reference_id: z.string().nullish(),
  quantity: z.int(),
  unit_amount: z.int(),
})
const chargeSchema = z.object({
  id: z.string(),
  status: z.string(),
  amount: z.object({
    value: z.int(),
    currency: z.string().nullish(),
    summary: z.object({ refunded: z.int().nullish() }).nullish(),
  }),
})
/** https://developer.pagbank.com.br/reference/objeto-order */
const orderSchema = z.object({
  id: z.string().startsWith('ORDE_'),
  items: z.array(itemSchema).min(1),
  charges: z.array(chargeSchema).nullish(),
})
type Order = z.output<typeof orderSchema>
/** https://developer.pagbank.com.br/reference/objeto-checkout, with the orders that were paid by it. */
const checkoutSchema = z.object({
  id: z.string().startsWith('CHEC_'),
  status: z.string(),
  items: z.array(itemSchema).min(1),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).nullish(),
  orders: z.array(z.object({ id: z.string() })).nullish(),
})
type Checkout = z.output<typeof checkoutSchema>

/** The checkout of PagBank (https://developer.pagbank.com.br/reference/checkout-pagbank), which takes Brazilian reais. */
export function openPagbank({ token, url, webhookUrl }: PagbankOptions): PaymentProvider {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const at = (path: string): string => new URL(path, url).href
  const one = <T>(schema: z.ZodType<T>, kind: string, id: string): Promise<T | undefined> =>
    callProvider(schema, at(`/${kind}/${encodeURIComponent(id)}`), { headers })

  /** What was paid by the checkout, or the order itself: which of the two comes first is known decides the id. */
  async function ordersOf(id: string): Promise<{
    readonly checkout: Checkout | undefined
    readonly orders: readonly Order[]
  }> {
    if (id.startsWith('ORDE_')) {
      const order = await one(orderSchema, 'orders', id)
      return { checkout: undefined, orders: order === undefined ? [] : [order] }
    }
    const checkout = await one(checkoutSchema, 'checkouts', id)
    const orders: Order[] = []
    for (const { id: orderId } of checkout?.orders ?? []) {
      const order = await one(orderSchema, 'orders', orderId)
      if (order !== undefined) orders.push(order)
    }
    return { checkout, orders }
  }

  return {
    key: 'pagbank',
    async openCheckout({ description, price, reference, returnUrl }) {
      if (price.currency !== currency)
        throw new ProviderUnavailable(`PagBank takes ${currency}, not ${price.currency}`)
      const body = JSON.stringify({
        // At most 64 characters; the whole of it is the item's, which may have 100.
        reference_id: reference.slice(-64),
        customer_modifiable: true,
        items: [{ reference_id: reference, name: description, quantity: 1, unit_amount: price.amountMinor }],
        redirect_url: returnUrl,
        return_url: returnUrl,
        notification_urls: [webhookUrl],
        payment_notification_urls: [webhookUrl],
      })
      const opened = await callProvider(checkoutSchema, at('/checkouts'), {
        method: 'POST',
        headers: { ...headers, 'x-idempotency-key': reference },
        body,
      })
      const page = opened?.links?.find(({ rel }) => rel === 'PAY')
      if (opened === undefined || page === undefined)
        throw new ProviderUnavailable('PagBank gave no page to pay at')
      return { id: opened.id, redirectUrl: page.href }
    },
    async charge(id) {
      const { checkout, orders } = await ordersOf(id)
      const charges = orders.map(orderCharge)
      const found =
        charges.find(({ status }) => status === 'paid' || status === 'refunded') ??
        charges.find(({ status }) => status === 'pending') ??
        (checkout === undefined ? charges[0] : checkoutCharge(checkout))
      return found === undefined ? undefined : { ...found, id }
    },
    async refund(id) {
      const { orders } = await ordersOf(id)
      const paid = orders.flatMap(({ charges }) => charges ?? []).find((each) => wasPaid(each))
      if (paid === undefined) throw new ProviderUnavailable(`PagBank knows no payment of ${id}`)
      if (chargeStatus(paid) === 'refunded') return
      const body = JSON.stringify({ amount: { value: paid.amount.value } })
      await callProvider(chargeSchema, at(`/charges/${encodeURIComponent(paid.id)}/cancel`), {
        method: 'POST',
        headers: { ...headers, 'x-idempotency-key': `refund/${id}` },
        body,
      })
    },
    /** Its API has no list by day. */
    chargesBetween: () => Promise.resolve(undefined),
    readWebhook({ body, headers: received }) {
      const why = pagbankFaultOf(token, received['x-authenticity-token'], body)
      if (why !== undefined) return { kind: 'refused', why }
      const told = jsonOf(body)
      const order = orderSchema.safeParse(told)
      if (order.success) {
        const charge = orderCharge(order.data)
        // A card that was declined: the checkout is open for another until it expires.
        return charge.status === 'failed' ? { kind: 'other' } : { kind: 'charge', charge }
      }
      const checkout = checkoutSchema.safeParse(told)
      return checkout.success && checkout.data.status === 'EXPIRED'
        ? { kind: 'charge', charge: checkoutCharge(checkout.data) }
        : { kind: 'other' }
    },
  }
}

type OrderCharge = z.output<typeof chargeSchema>

const wasPaid = (charge: OrderCharge): boolean => ['paid', 'refunded'].includes(chargeStatus(charge))

function chargeStatus({ amount, status }: OrderCharge): ChargeStatus {
  // What is given back whole is cancelled too, but was paid before.
  if ((amount.summary?.refunded ?? 0) >= amount.value) return 'refunded'
  if (status === 'PAID') return 'paid'
  return status === 'DECLINED' || status === 'CANCELED' ? 'failed' : 'pending'
}

const priceOf = (items: Order['items']): Money => ({
  amountMinor: items.reduce((sum, { quantity, unit_amount: each }) => sum + quantity * each, 0),
  currency,
})

/** Somebody may try several times: what was paid counts, then what may still be. */
function orderCharge({ charges, id, items }: Order): Charge {
  const tries = charges ?? []
  const one =
    tries.find((each) => wasPaid(each)) ??
    tries.find((each) => chargeStatus(each) === 'pending') ??
    tries.at(-1)
  const reference = items[0]?.reference_id ?? ''
  if (one === undefined) return { id, reference, status: 'pending', price: priceOf(items) }
  const price = { amountMinor: one.amount.value, currency: one.amount.currency ?? currency }
  return { id, reference, status: chargeStatus(one), price }
}

/** Nothing was paid by it yet. A card that was declined leaves it open for another. */
const checkoutCharge = ({ id, items, status }: Checkout): Charge => ({
  id,
  reference: items[0]?.reference_id ?? '',
  status: status === 'EXPIRED' || status === 'INACTIVE' ? 'expired' : 'pending',
  price: priceOf(items),
})

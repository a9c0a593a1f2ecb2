import { z } from 'zod'
import {
  type Charge,
  type ChargeStatus,
  type PaymentProvider,
  ProviderUnavailable,
  type WebhookReading,
} from '../../nodes/platform/payments/port.ts'
import { callProvider, jsonOf } from './provider-http.ts'
import { stripeFaultOf } from './stripe-signature.ts'

export interface StripeOptions {
  /** Where its API is. */
  readonly url: string
  /** `sk_…`: who we are to it. */
  readonly secretKey: string
  /** `whsec_…`, of the endpoint that was set up at Stripe for our webhooks. */
  readonly webhookSecret: string
}

/** What we were written for: an account's default may be newer. */
const apiVersion = '2025-03-31.basil'
/** The state of what a session was paid with. */
const expanded = 'payment_intent.latest_charge'
const pageSize = 100

const chargeSchema = z.object({ refunded: z.boolean().optional() })
const intentSchema = z.object({
  id: z.string(),
  status: z.string().optional(),
  latest_charge: z.union([z.string(), chargeSchema]).nullish(),
})
/** https://docs.stripe.com/api/checkout/sessions/object */
export const stripeSessionSchema = z.object({
  id: z.string(),
  client_reference_id: z.string().nullable(),
  status: z.enum(['open', 'complete', 'expired']).nullable(),
  payment_status: z.enum(['paid', 'unpaid', 'no_payment_required']),
  amount_total: z.int().nullable(),
  currency: z.string().nullable(),
  url: z.string().nullish(),
  payment_intent: z.union([z.string(), intentSchema]).nullish(),
})
type Session = z.output<typeof stripeSessionSchema>

const listSchema = z.object({ data: z.array(stripeSessionSchema), has_more: z.boolean() })
const refundSchema = z.object({ id: z.string(), status: z.string().nullish() })

const sessionEventSchema = z.object({ data: z.object({ object: stripeSessionSchema }) })
const refundedEventSchema = z.object({
  data: z.object({
    object: z.object({
      payment_intent: z.string().nullish(),
      refunded: z.boolean(),
      amount: z.int(),
      currency: z.string(),
      metadata: z.object({ reference: z.string(), session: z.string().optional() }),
    }),
  }),
})

/** Checkout Sessions of Stripe (https://docs.stripe.com/api/checkout/sessions), by its REST API. */
export function openStripe({ secretKey, url, webhookSecret }: StripeOptions): PaymentProvider {
  const headers = { authorization: `Bearer ${secretKey}`, 'stripe-version': apiVersion }
  const at = (path: string): string => new URL(path, url).href
  const post = <T>(
    schema: z.ZodType<T>,
    path: string,
    fields: Readonly<Record<string, string>>,
    key: string,
  ): Promise<T | undefined> =>
    callProvider(schema, at(path), {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': key,
      },
      body: new URLSearchParams(fields).toString(),
    })
  const session = (id: string): Promise<Session | undefined> =>
    callProvider(
      stripeSessionSchema,
      at(`/v1/checkout/sessions/${encodeURIComponent(id)}?expand[]=${expanded}`),
      { headers },
    )

  return {
    key: 'stripe',
    async openCheckout({ description, price, reference, returnUrl }) {
      const fields = {
        mode: 'payment',
        client_reference_id: reference,
        success_url: returnUrl,
        cancel_url: returnUrl,
        'line_items[0][quantity]': '1',
        'line_items[0][price_data][currency]': price.currency.toLowerCase(),
        'line_items[0][price_data][unit_amount]': String(price.amountMinor),
        'line_items[0][price_data][product_data][name]': description,
        'metadata[reference]': reference,
        // Copied to the charge, by whose events refunds are told.
        'payment_intent_data[metadata][reference]': reference,
      }
      const opened = await post(stripeSessionSchema, '/v1/checkout/sessions', fields, `checkout/${reference}`)
      if (typeof opened?.url !== 'string') throw new ProviderUnavailable('Stripe gave no page to pay at')
      return { id: opened.id, redirectUrl: opened.url }
    },
    async charge(id) {
      const found = await session(id)
      return found === undefined ? undefined : chargeOf(found)
    },
    async refund(id) {
      const intent = (await session(id))?.payment_intent
      if (intent === undefined || intent === null)
        throw new ProviderUnavailable(`Stripe knows no payment of ${id}`)
      if (typeof intent !== 'string' && isRefunded(intent)) return
      const payment = typeof intent === 'string' ? intent : intent.id
      await post(refundSchema, '/v1/refunds', { payment_intent: payment }, `refund/${id}`)
    },
    async chargesBetween(fromMs, toMs) {
      const charges: Charge[] = []
      // Stripe's times are whole seconds.
      const [from, to] = [fromMs, toMs].map((ms) => String(Math.ceil(ms / 1000)))
      for (let after: string | undefined; ;) {
        const query = new URLSearchParams({
          'created[gte]': from ?? '',
          'created[lt]': to ?? '',
          'expand[]': `data.${expanded}`,
          limit: String(pageSize),
          ...(after === undefined ? {} : { starting_after: after }),
        })
        const page = await callProvider(listSchema, at(`/v1/checkout/sessions?${query.toString()}`), {
          headers,
        })
        charges.push(...(page?.data ?? []).map(chargeOf))
        after = page?.data.at(-1)?.id
        if (page?.has_more !== true || after === undefined) return charges
      }
    },
    readWebhook({ body, headers: received }, nowMs) {
      const why = stripeFaultOf(webhookSecret, received['stripe-signature'], body, nowMs)
      return why === undefined ? readEvent(jsonOf(body)) : { kind: 'refused', why }
    },
  }
}

const other: WebhookReading = { kind: 'other' }

function readEvent(event: unknown): WebhookReading {
  const { data: { type } = { type: '' } } = z.object({ type: z.string() }).safeParse(event)
  if (type === 'charge.refunded') {
    const parsed = refundedEventSchema.safeParse(event)
    const object = parsed.data?.data.object
    // A part of it: that was done by hand, and is for the reconciliation to tell.
    if (object?.refunded !== true) return other
    const { amount, currency, metadata, payment_intent: intent } = object
    const price = { amountMinor: amount, currency: currency.toUpperCase() }
    const id = metadata.session ?? intent ?? ''
    return { kind: 'charge', charge: { id, reference: metadata.reference, status: 'refunded', price } }
  }
  const told: Readonly<Record<string, ChargeStatus | 'as-it-is'>> = {
    'checkout.session.completed': 'as-it-is',
    'checkout.session.async_payment_succeeded': 'paid',
    'checkout.session.async_payment_failed': 'failed',
    'checkout.session.expired': 'expired',
  }
  const status = told[type]
  const parsed = sessionEventSchema.safeParse(event)
  if (status === undefined || !parsed.success) return other
  const charge = chargeOf(parsed.data.data.object)
  return { kind: 'charge', charge: status === 'as-it-is' ? charge : { ...charge, status } }
}

const isRefunded = ({ latest_charge: charge }: z.output<typeof intentSchema>): boolean =>
  typeof charge === 'object' && charge?.refunded === true

function statusOf({ payment_intent: intent, payment_status: paid, status }: Session): ChargeStatus {
  if (status === 'expired') return 'expired'
  if (typeof intent === 'object' && intent !== null && isRefunded(intent)) return 'refunded'
  if (paid !== 'unpaid') return 'paid'
  // Paid in a way that takes days, and it came to nothing.
  const state = typeof intent === 'object' ? intent?.status : undefined
  const isOver = state === 'canceled' || state === 'requires_payment_method'
  return status === 'complete' && isOver ? 'failed' : 'pending'
}

const chargeOf = (session: Session): Charge => ({
  id: session.id,
  reference: session.client_reference_id ?? '',
  status: statusOf(session),
  price: { amountMinor: session.amount_total ?? 0, currency: (session.currency ?? '').toUpperCase() },
})

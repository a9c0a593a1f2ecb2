import { z } from 'zod'
import {
  type Charge,
  type ChargeStatus,
  type PaymentProvider,
  ProviderUnavailable,
} from '../../nodes/platform/payments/port.ts'
import { callProvider, jsonOf } from './provider-http.ts'
import { faultOf } from './standard-webhooks.ts'

export interface SandboxOptions {
  /** Where `npm run sim -- payments` listens. */
  readonly url: string
  /** Proves us to it and it to us. */
  readonly secret: string
  /** Where it sends webhooks. */
  readonly webhookUrl: string
}

const statuses = [
  'pending',
  'paid',
  'failed',
  'expired',
  'refunded',
] as const satisfies readonly ChargeStatus[]
export const sandboxCheckoutSchema = z.object({
  id: z.string(),
  reference: z.string(),
  status: z.enum(statuses),
  amountMinor: z.int(),
  currency: z.string(),
  url: z.string(),
})
export type SandboxCheckout = z.output<typeof sandboxCheckoutSchema>

export const sandboxEventSchema = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: sandboxCheckoutSchema,
})

/** The provider of `sim/payments`, over HTTP as others are. */
export function openSandbox({ secret, url, webhookUrl }: SandboxOptions): PaymentProvider {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  const at = (path: string): string => new URL(path, url).href
  return {
    key: 'sandbox',
    async openCheckout({ description, price, reference, returnUrl }) {
      const body = JSON.stringify({ reference, ...price, description, returnUrl, webhookUrl })
      const checkout = await callProvider(sandboxCheckoutSchema, at('/checkouts'), {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': reference },
        body,
      })
      if (checkout === undefined) throw new ProviderUnavailable('the sandbox for payments')
      return { id: checkout.id, redirectUrl: checkout.url }
    },
    async charge(id) {
      const path = `/checkouts/${encodeURIComponent(id)}`
      const checkout = await callProvider(sandboxCheckoutSchema, at(path), { headers })
      return checkout === undefined ? undefined : chargeOf(checkout)
    },
    async refund(id) {
      const path = `/checkouts/${encodeURIComponent(id)}/refund`
      await callProvider(sandboxCheckoutSchema, at(path), { method: 'POST', headers })
    },
    async chargesBetween(fromMs, toMs) {
      const schema = z.object({ items: z.array(sandboxCheckoutSchema) })
      const found = await callProvider(schema, at(`/checkouts?from=${fromMs}&to=${toMs}`), { headers })
      return (found?.items ?? []).map(chargeOf)
    },
    readWebhook({ body, headers: received }, nowMs) {
      const why = faultOf(secret, received, body, nowMs)
      if (why !== undefined) return { kind: 'refused', why }
      const parsed = sandboxEventSchema.safeParse(jsonOf(body))
      if (!parsed.success) return { kind: 'other' }
      return { kind: 'charge', charge: chargeOf(parsed.data.data) }
    },
  }
}

const chargeOf = ({ amountMinor, currency, id, reference, status }: SandboxCheckout): Charge => ({
  id,
  reference,
  status,
  price: { amountMinor, currency },
})

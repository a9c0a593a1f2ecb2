import { z } from 'zod'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import type { Purchase } from './purchase.ts'

/** What whoever has paid can show others. */
export const receiptView = z.object({
  /** Of the purchase. */
  number: z.string(),
  /** The name of the organization. */
  seller: z.string(),
  /** Null for somebody who is not there any more. */
  buyer: z.object({ name: z.string(), email: z.string() }).nullable(),
  paidAt: z.iso.datetime(),
  /** When the money was given back; null when it was not. */
  refundedAt: z.iso.datetime().nullable(),
  /** Where the organization is. */
  timeZone: z.string(),
  credits: z.int(),
  price: z.object({ amountMinor: z.int(), currency: z.string() }),
  provider: z.string(),
  /** Under which the provider has it. */
  reference: z.string().nullable(),
})
export type Receipt = z.output<typeof receiptView>

export interface AboutReceipt extends Pick<Receipt, 'buyer' | 'seller' | 'timeZone'> {
  /** When the ledger gave the money back. */
  readonly refundedAtMs: number | null
}

/** Undefined for what was not paid. */
export function receiptOf(
  { checkout, credits, id, paidAtMs, price, provider, status }: Purchase,
  { refundedAtMs, ...about }: AboutReceipt,
): Receipt | undefined {
  if (paidAtMs === null || (status !== 'paid' && status !== 'refunded')) return undefined
  return {
    ...about,
    number: id,
    paidAt: toIsoTime(paidAtMs),
    refundedAt: status === 'refunded' ? toIsoTimeOrNull(refundedAtMs) : null,
    credits,
    price,
    provider,
    reference: checkout?.id ?? null,
  }
}

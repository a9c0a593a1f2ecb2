import { z } from 'zod'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import type { Ledger } from '../ledger.ts'

const purchaseSchema = z.object({
  purchaseId: z.string(),
  userId: z.string(),
  credits: z.int().min(1),
  price: z.object({ amountMinor: z.int().min(1), currency: z.string() }),
  provider: z.string(),
})

/** Once for each purchase that is paid. Tells whether this was the time. */
export async function creditPurchase(
  ledger: Pick<Ledger, 'post'>,
  { data, orgId, type }: DomainEvent,
): Promise<boolean> {
  if (type !== 'PURCHASE.CREDITS') return false
  const { purchaseId: id, userId, ...bought } = purchaseSchema.parse(data)
  const posted = await ledger.post(orgId, userId, { type: 'Purchase', id, ...bought }, bought.provider)
  return posted.kind === 'posted' && !posted.isRepeat
}

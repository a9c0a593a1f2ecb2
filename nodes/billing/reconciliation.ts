/** Proves what we have against what the provider has: pure. */
import { z } from 'zod'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Charge } from '../platform/payments/port.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import type { Purchase } from './purchase.ts'

const differenceSchema = z.strictObject({
  purchaseId: z.string(),
  kind: z.enum(['missing-here', 'missing-there', 'amount', 'status', 'not-credited']),
  here: z.string().nullable(),
  there: z.string().nullable(),
})
export type Difference = z.output<typeof differenceSchema>

export const reconciliationSchema = z.strictObject({
  /** Of provider and day. */
  id: z.string(),
  date: z.string(),
  provider: z.string(),
  atMs: z.number(),
  charges: z.int(),
  purchases: z.int(),
  differences: z.array(differenceSchema),
})
export type Reconciliation = z.output<typeof reconciliationSchema>

export const reconciliationCollection: CollectionSpec<Reconciliation> = {
  name: 'reconciliations',
  schema: reconciliationSchema,
  indexes: [['date']],
}

export interface OurPurchase extends Pick<Purchase, 'id' | 'price' | 'status'> {
  /** Whether the ledger has it. */
  readonly isCredited: boolean
}

/** What differs, by purchase. */
export function differencesOf(
  ours: readonly OurPurchase[],
  theirs: readonly (Charge & { readonly purchaseId: string })[],
): readonly Difference[] {
  const byId = new Map(ours.map((purchase) => [purchase.id, purchase]))
  const differences: Difference[] = []
  for (const charge of theirs) {
    const { purchaseId } = charge
    const purchase = byId.get(purchaseId)
    byId.delete(purchaseId)
    if (purchase === undefined)
      differences.push({ purchaseId, kind: 'missing-here', here: null, there: charge.status })
    else differences.push(...between(purchase, charge))
  }
  for (const { id, status } of byId.values())
    differences.push({ purchaseId: id, kind: 'missing-there', here: status, there: null })
  return differences
}

function between(purchase: OurPurchase, charge: Charge): readonly Difference[] {
  const purchaseId = purchase.id
  const texts = [purchase.price, charge.price].map(
    ({ amountMinor, currency }) => `${amountMinor} ${currency}`,
  )
  const [here = '', there = ''] = texts
  const differences: Difference[] = []
  if (here !== there) differences.push({ purchaseId, kind: 'amount', here, there })
  if (purchase.status !== charge.status)
    differences.push({ purchaseId, kind: 'status', here: purchase.status, there: charge.status })
  if (purchase.status === 'paid' && !purchase.isCredited)
    differences.push({ purchaseId, kind: 'not-credited', here: 'paid', there: charge.status })
  return differences
}

export const reconciliationView = reconciliationSchema.omit({ atMs: true }).extend({ at: z.iso.datetime() })
export const viewReconciliation = ({
  atMs,
  ...reconciliation
}: Reconciliation): z.output<typeof reconciliationView> => ({ ...reconciliation, at: toIsoTime(atMs) })

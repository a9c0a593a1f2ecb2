import { accounts } from './account.ts'
import type { LedgerTransaction } from './ledger-transaction.ts'
import { dayIn } from './fiscal.ts'

/** What the transaction earned: refunds lessen it. */
export const earnedBy = ({ lines }: Pick<LedgerTransaction, 'lines'>): number =>
  lines.reduce(
    (sum, { account, amount }) =>
      account === accounts.revenue || account === accounts.refunds ? sum + amount : sum,
    0,
  )

/** By day (of the zone) or pod, in order. */
export async function revenueBy(
  transactions: AsyncIterable<LedgerTransaction>,
  by: 'day' | 'pod',
  timeZone: string,
): Promise<ReadonlyMap<string, number>> {
  const earned = new Map<string, number>()
  for await (const transaction of transactions) {
    const credits = earnedBy(transaction)
    if (credits === 0) continue
    const key = by === 'day' ? dayIn(transaction.atMs, timeZone) : (transaction.podId ?? '')
    earned.set(key, (earned.get(key) ?? 0) + credits)
  }
  return new Map([...earned].sort(([one], [other]) => (one < other ? -1 : 1)))
}

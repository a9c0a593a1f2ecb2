import { expect, test } from 'vitest'
import { accounts, transfer } from './account.ts'
import type { LedgerTransaction } from './ledger-transaction.ts'
import { differencesOf, type OurPurchase } from './reconciliation.ts'
import { revenueBy } from './revenue.ts'

const price = { amountMinor: 2000, currency: 'BRL' }
const ours = (id: string, changes: Partial<OurPurchase> = {}): OurPurchase => ({
  id,
  price,
  status: 'paid',
  isCredited: true,
  ...changes,
})
const theirs = (purchaseId: string, changes: object = {}) => ({
  purchaseId,
  id: `co-${purchaseId}`,
  reference: `acme/${purchaseId}`,
  status: 'paid' as const,
  price,
  ...changes,
})

test('what is the same on both sides is no difference', () => {
  expect(
    differencesOf(
      [ours('a'), ours('b', { status: 'failed', isCredited: false })],
      [theirs('a'), theirs('b', { status: 'failed' })],
    ),
  ).toEqual([])
})

test('each difference is named', () => {
  const found = differencesOf(
    [
      ours('a', { status: 'pending', isCredited: false }),
      ours('b'),
      ours('c', { isCredited: false }),
      ours('d'),
    ],
    [theirs('a'), theirs('c'), theirs('d', { price: { ...price, amountMinor: 1 } }), theirs('e')],
  )
  expect(found).toEqual([
    { purchaseId: 'a', kind: 'status', here: 'pending', there: 'paid' },
    { purchaseId: 'c', kind: 'not-credited', here: 'paid', there: 'paid' },
    { purchaseId: 'd', kind: 'amount', here: '2000 BRL', there: '1 BRL' },
    { purchaseId: 'e', kind: 'missing-here', here: null, there: 'paid' },
    { purchaseId: 'b', kind: 'missing-there', here: 'paid', there: null },
  ])
})

async function* entries(): AsyncGenerator<LedgerTransaction> {
  const entry = {
    userId: 'ada',
    actor: 'ada',
    reason: null,
    source: { kind: 'booking', id: 'b' },
    accounts: [],
  }
  const day = Date.UTC(2026, 2, 1)
  const charge = [...transfer(accounts.held('ada'), accounts.revenue, 6)]
  const refund = [...transfer(accounts.refunds, accounts.wallet('ada'), 2)]
  yield { ...entry, id: '1', kind: 'charge', atMs: day, podId: 'p1', lines: charge }
  yield { ...entry, id: '2', kind: 'charge', atMs: day + 86_400_000, podId: 'p2', lines: charge }
  yield { ...entry, id: '3', kind: 'refund', atMs: day + 86_400_000, podId: 'p2', lines: refund }
}

test('what is given back lessens what is earned', async () => {
  expect([...(await revenueBy(entries(), 'day', 'UTC'))]).toEqual([
    ['2026-03-01', 6],
    ['2026-03-02', 4],
  ])
  // Both are before midnight there.
  expect([...(await revenueBy(entries(), 'day', 'America/Sao_Paulo'))]).toEqual([
    ['2026-02-28', 6],
    ['2026-03-01', 4],
  ])
  expect([...(await revenueBy(entries(), 'pod', 'UTC'))]).toEqual([
    ['p1', 6],
    ['p2', 4],
  ])
})

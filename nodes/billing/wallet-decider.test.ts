import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { accounts, sumsOf } from './account.ts'
import {
  decideWallet,
  emptyWallet,
  evolveWallet,
  heldOf,
  type Posting,
  transactionId,
  type WalletCommand,
  type WalletState,
} from './wallet-decider.ts'

const price = { amountMinor: 990, currency: 'BRL' }
const id = fc.constantFrom('b1', 'b2', 'b3')
const amount = fc.integer({ min: 1, max: 50 })
const command: fc.Arbitrary<WalletCommand> = fc.oneof(
  fc.record({ type: fc.constant('Grant' as const), id, credits: amount, reason: fc.constant('welcome') }),
  fc.record({
    type: fc.constant('Purchase' as const),
    id,
    credits: amount,
    price: fc.constant(price),
    provider: fc.constant('sandbox'),
  }),
  fc.record({
    type: fc.constant('RefundPurchase' as const),
    id,
    credits: amount,
    price: fc.constant(price),
    provider: fc.constant('sandbox'),
    reason: fc.constant('asked'),
  }),
  fc.record({ type: fc.constant('Hold' as const), id, credits: amount, podId: fc.constant('p1') }),
  fc.record({ type: fc.constant('Release' as const), id }),
  fc.record({ type: fc.constant('Charge' as const), id, podId: fc.constant('p1') }),
  fc.record({
    type: fc.constant('Refund' as const),
    id,
    credits: amount,
    podId: fc.constant('p1'),
    reason: fc.constant('late'),
  }),
)

function run(commands: readonly WalletCommand[]): { wallet: WalletState; postings: Posting[] } {
  let wallet = emptyWallet('ada')
  const seen = new Set<string>()
  const postings: Posting[] = []
  for (const each of commands) {
    if (seen.has(transactionId(each))) continue
    const verdict = decideWallet(wallet, each)
    if (verdict.kind !== 'posting') continue
    seen.add(transactionId(each))
    postings.push(verdict.posting)
    wallet = evolveWallet(wallet, verdict.posting)
    expect(wallet.balance - heldOf(wallet)).toBeGreaterThanOrEqual(0)
  }
  return { wallet, postings }
}

test('whatever happens, no wallet is below zero, every transaction sums to zero, and the balance is what they come to', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { postings, wallet } = run(commands)
      for (const { lines } of postings)
        expect([...sumsOf(lines).values()].every((sum) => sum === 0)).toBe(true)
      const sumOf = (account: string): number =>
        postings
          .flatMap(({ lines }) => lines)
          .reduce((sum, line) => (line.account === account ? sum + line.amount : sum), 0)
      expect(sumOf(accounts.held('ada'))).toBe(heldOf(wallet))
      expect(sumOf(accounts.wallet('ada')) + sumOf(accounts.held('ada'))).toBe(wallet.balance)
    }),
    { seed: 13, numRuns: 2000 },
  )
})

const after = (...commands: readonly WalletCommand[]): WalletState => run(commands).wallet
const grant = { type: 'Grant', id: 'g', credits: 10, reason: 'welcome' } as const
const hold = { type: 'Hold', id: 'b1', credits: 7, podId: 'p1' } as const

test('what is held is part of the balance and cannot be spent twice', () => {
  expect(after(grant, hold)).toEqual({ id: 'ada', balance: 10, holds: [{ id: 'b1', credits: 7 }] })
  expect(decideWallet(after(grant, hold), { ...hold, id: 'b2' })).toEqual({
    kind: 'refused',
    refusal: 'too-few-credits',
  })
  expect(after(grant, hold, { type: 'Charge', id: 'b1', podId: 'p1' })).toEqual({
    id: 'ada',
    balance: 3,
    holds: [],
  })
  expect(after(grant, hold, { type: 'Release', id: 'b1' })).toEqual({ id: 'ada', balance: 10, holds: [] })
})

test('nothing is charged that was not held', () => {
  expect(decideWallet(after(grant), { type: 'Charge', id: 'b1', podId: 'p1' })).toEqual({
    kind: 'refused',
    refusal: 'nothing-held',
  })
})

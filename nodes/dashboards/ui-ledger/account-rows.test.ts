import { expect, test } from 'vitest'
import { accountRows, differenceText, isProven, linesOf } from './account-rows.ts'

const balances = [
  { account: 'clearing/stripe', currency: 'BRL', balance: 2000 },
  { account: 'credits-sold', currency: 'CREDITS', balance: -10 },
  { account: 'sales', currency: 'BRL', balance: -2000 },
  { account: 'tips', currency: 'CREDITS', balance: 0 },
  { account: 'wallet-held/ada', currency: 'CREDITS', balance: 2 },
  { account: 'wallet/ada', currency: 'CREDITS', balance: 5 },
  { account: 'wallet/bob', currency: 'CREDITS', balance: 3 },
]

test('the wallets are one row, however many there are', () => {
  expect(accountRows(balances)).toEqual([
    { account: 'wallet-held/', name: 'Set aside of 1 wallet', balance: '2 credits', isMany: true },
    { account: 'wallet/', name: '2 wallets', balance: '8 credits', isMany: true },
    { account: 'clearing/stripe', name: 'Taken for us by stripe', balance: 'R$20.00', isMany: false },
    { account: 'credits-sold', name: 'Credits sold', balance: '−10 credits', isMany: false },
    { account: 'sales', name: 'Sales', balance: '-R$20.00', isMany: false },
    { account: 'tips', name: 'tips', balance: '0 credits', isMany: false },
  ])
})

test('accounts prove themselves by currency', () => {
  expect(isProven(balances)).toBe(true)
  expect(isProven([])).toBe(true)
  const mixed = [
    { account: 'a', currency: 'BRL', balance: 5 },
    { account: 'b', currency: 'USD', balance: -5 },
  ]
  expect(isProven(mixed)).toBe(false)
})

test('an entry says what it moves where', () => {
  const lines = [
    { account: 'wallet/ada', currency: 'CREDITS', amount: -2 },
    { account: 'revenue/bookings', currency: 'CREDITS', amount: 2 },
  ]
  expect(linesOf({ lines })).toEqual(['Wallet −2 credits', 'Revenue of bookings +2 credits'])
})

test.each([
  ['amount', '2000 BRL', '1999 BRL', 'costs R$20.00; the provider took R$19.99'],
  ['status', 'failed', 'paid', 'is failed here and paid there'],
  ['missing-here', null, 'paid', 'is not known here; the provider has it as paid'],
  ['missing-there', 'pending', null, 'is pending here; the provider does not have it'],
  ['not-credited', 'paid', 'paid', 'is paid, and its credits are not in the wallet'],
] as const)('a difference of %s is named', (kind, here, there, text) => {
  expect(differenceText({ purchaseId: 'p', kind, here, there })).toBe(text)
})

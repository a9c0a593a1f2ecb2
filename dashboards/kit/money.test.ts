import { expect, test } from 'vitest'
import { formatMoney } from './money.ts'

test.each([
  [2000, 'BRL', 'R$20.00'],
  [-1999, 'USD', '-$19.99'],
  // It has no smaller unit, and this one has a thousand of them.
  [500, 'JPY', '¥500'],
  [1500, 'KWD', 'KWD\u00A01.500'],
])('%i of the smallest unit of %s is %s', (amountMinor, currency, text) => {
  expect(formatMoney({ amountMinor, currency }, 'en-US')).toBe(text)
})

import { expect, test } from 'vitest'
import { openPagbank } from './pagbank.ts'
import { pagbankFaultOf, pagbankSignature } from './pagbank-signature.ts'

const token = 'my-account-token'
const body = '{"id":"CHAR_354828dd-786b-4cca-8ce4-6f7a1f3f2a1a","status":"WAITING"}'
// printf '%s' "my-account-token-$body" | openssl dgst -sha256
const signature = 'd9f9091f4fc2ff184950378dd197136a67dee7c71fcef881989b37f490b7832c'

test('a signature is that of openssl, in either case', () => {
  expect(pagbankSignature(token, body)).toBe(signature)
  for (const header of [signature, signature.toUpperCase()])
    expect(pagbankFaultOf(token, header, Buffer.from(body))).toBeUndefined()
})

test.each([undefined, '', signature.slice(1), `${signature}0`, '0'.repeat(64)])('%j is refused', (header) => {
  expect(pagbankFaultOf(token, header, Buffer.from(body))).toBeDefined()
})

const pagbank = openPagbank({ url: 'http://127.0.0.1:9', token, webhookUrl: 'http://127.0.0.1:9/told' })
function read(told: unknown) {
  const text = JSON.stringify(told)
  const headers = { 'x-authenticity-token': pagbankSignature(token, text) }
  return pagbank.readWebhook({ headers, body: Buffer.from(text) }, 0)
}
const items = [{ reference_id: 'acme/p1', name: '10 credits', quantity: 1, unit_amount: 2000 }]
const charge = (status: string, refunded = 0) => ({
  id: 'CHAR_1',
  status,
  amount: { value: 2000, currency: 'BRL', summary: { total: 2000, paid: 2000, refunded } },
})
const order = (...charges: object[]) => ({ id: 'ORDE_1', reference_id: 'p1', items, charges })

test.each([
  ['PAID', [charge('PAID')], 'paid'],
  ['IN_ANALYSIS', [charge('IN_ANALYSIS')], 'pending'],
  ['WAITING', [charge('WAITING')], 'pending'],
  ['CANCELED after it was paid', [charge('CANCELED', 2000)], 'refunded'],
  ['PAID after a card that was declined', [charge('DECLINED'), charge('PAID')], 'paid'],
])('%s', (_, charges, status) => {
  expect(read(order(...charges))).toEqual({
    kind: 'charge',
    charge: { id: 'ORDE_1', reference: 'acme/p1', status, price: { amountMinor: 2000, currency: 'BRL' } },
  })
})

test.each([
  ['a card that was declined: another may do', order(charge('DECLINED'))],
  ['a checkout that is open', { id: 'CHEC_1', status: 'ACTIVE', items }],
  ['no object of theirs', { hello: 'there' }],
  ['no object', null],
])('%s changes nothing', (_, told) => {
  expect(read(told)).toEqual({ kind: 'other' })
})

test('a checkout that expired', () => {
  expect(read({ id: 'CHEC_1', status: 'EXPIRED', items })).toMatchObject({
    charge: { id: 'CHEC_1', reference: 'acme/p1', status: 'expired' },
  })
})

test('nothing but reais', async () => {
  const checkout = {
    reference: 'acme/p1',
    price: { amountMinor: 1, currency: 'EUR' },
    description: 'x',
    returnUrl: 'http://127.0.0.1:9',
  }
  await expect(pagbank.openCheckout(checkout)).rejects.toThrow('takes BRL')
})

import { expect, test } from 'vitest'
import { openStripe } from './stripe.ts'
import { stripeFaultOf, stripeSignature } from './stripe-signature.ts'

const secret = 'whsec_test_secret'
const seconds = 1_614_265_330
const nowMs = seconds * 1000
const body = '{"id":"evt_1","type":"checkout.session.completed"}'
// printf '%s' "1614265330.$body" | openssl dgst -sha256 -hmac whsec_test_secret
const signature = 'e4ff54ee826d7e022400942552c03db0ccf5c2c2732420953243d2bab14340c3'
const fault = (header: string | undefined, atMs = nowMs, bytes = body) =>
  stripeFaultOf(secret, header, Buffer.from(bytes), atMs)

test('a signature is that of openssl', () => {
  expect(stripeSignature(secret, seconds, body)).toBe(signature)
  expect(fault(`t=${seconds},v1=${signature}`)).toBeUndefined()
})

test('of several signatures one is enough, and only of the scheme v1', () => {
  const wrong = '0'.repeat(64)
  expect(fault(`t=${seconds},v1=${wrong},v1=${signature},v0=${wrong}`)).toBeUndefined()
  expect(fault(`t=${seconds},v0=${signature}`)).toBeDefined()
})

test.each([
  ['none', undefined],
  ['an empty one', ''],
  ['one without a time', `v1=${signature}`],
  ['one of another time', `t=${seconds + 1},v1=${signature}`],
  ['one that is shorter', `t=${seconds},v1=${signature.slice(1)}`],
  ['nonsense', 't=now,v1,==,,'],
])('a header that is %s is refused', (_, header) => {
  expect(fault(header)).toBeDefined()
})

test('five minutes are the most, before and after', () => {
  const header = `t=${seconds},v1=${signature}`
  expect([-300_000, 300_000].map((ms) => fault(header, nowMs + ms))).toEqual([undefined, undefined])
  expect([-301_000, 301_000].map((ms) => typeof fault(header, nowMs + ms))).toEqual(['string', 'string'])
})

const stripe = openStripe({ url: 'http://127.0.0.1:9', secretKey: 'sk_test', webhookSecret: secret })
const session = {
  id: 'cs_1',
  client_reference_id: 'acme/p1',
  status: 'complete',
  payment_status: 'paid',
  amount_total: 2000,
  currency: 'brl',
  payment_intent: 'pi_1',
}
function read(type: string, object: object) {
  const text = JSON.stringify({ id: 'evt_1', type, data: { object } })
  const header = `t=${seconds},v1=${stripeSignature(secret, seconds, text)}`
  return stripe.readWebhook({ headers: { 'stripe-signature': header }, body: Buffer.from(text) }, nowMs)
}

test.each([
  ['checkout.session.completed', {}, 'paid'],
  ['checkout.session.completed', { payment_status: 'unpaid' }, 'pending'],
  ['checkout.session.async_payment_succeeded', {}, 'paid'],
  ['checkout.session.async_payment_failed', { payment_status: 'unpaid' }, 'failed'],
  ['checkout.session.expired', { status: 'expired', payment_status: 'unpaid' }, 'expired'],
])('%s with %j says %s', (type, changes, status) => {
  expect(read(type, { ...session, ...changes })).toEqual({
    kind: 'charge',
    charge: {
      id: 'cs_1',
      reference: 'acme/p1',
      status,
      price: { amountMinor: 2000, currency: 'BRL' },
    },
  })
})

test('a part that is given back is no refund of the purchase', () => {
  const charge = {
    payment_intent: 'pi_1',
    refunded: false,
    amount: 2000,
    currency: 'brl',
    metadata: { reference: 'acme/p1' },
  }
  expect(read('charge.refunded', charge)).toEqual({ kind: 'other' })
  expect(read('charge.refunded', { ...charge, refunded: true })).toMatchObject({
    charge: { reference: 'acme/p1', status: 'refunded' },
  })
})

test.each([
  ['payment_intent.succeeded', { id: 'pi_1', amount: 2000 }],
  ['customer.created', {}],
  ['checkout.session.completed', { id: 'cs_1' }],
  ['charge.refunded', { refunded: true, amount: 1, currency: 'brl', metadata: {} }],
])('%s with %j is none of ours', (type, object) => {
  expect(read(type, object)).toEqual({ kind: 'other' })
})

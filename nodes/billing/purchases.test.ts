import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSandbox } from '../../engines/payments/sandbox.ts'
import { sign } from '../../engines/payments/standard-webhooks.ts'
import { noFaults, type PaymentFaults } from '../../sim/payments/faults.ts'
import { type PaymentServer, startPayments } from '../../sim/payments/server.ts'
import { fromEntry } from '../platform/kit/events/event-codec.ts'
import { EventRelay } from '../platform/kit/events/relay.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { NewEntry } from '../platform/stream/port.ts'
import { creditPurchase } from './ledger/credit-purchase.ts'
import { Ledger } from './ledger.ts'
import { Purchases } from './purchases.ts'

const secret = 'shared-by-both-of-them'
const pollMs = 1000
const instances = useInstances(Date.now())
let sandbox: PaymentServer
let ledger: Ledger
let purchases: Purchases
let stream: NewEntry[]
let drain: () => Promise<void>

async function begin(faults: Partial<PaymentFaults> = {}): Promise<void> {
  sandbox = await startPayments({ port: 0, secret, faults: { ...noFaults, isSilent: true, ...faults } })
  const instance = instances.open('a')
  stream = []
  const relay = new EventRelay({
    ...instance,
    stream: {
      append: async (_, entries) => {
        stream.push(...entries)
        return undefined
      },
    },
  })
  ledger = new Ledger(instance)
  const webhookUrl = 'http://127.0.0.1:9/none'
  const provider = openSandbox({ url: sandbox.url, secret, webhookUrl })
  purchases = new Purchases({
    ...instance,
    relay,
    ledger,
    pollMs,
    providers: new Map([['sandbox', provider]]),
  })
  instance.jobs.start(purchases.job)
  drain = async () => {
    await relay.whenIdle()
    for (const entry of stream.splice(0))
      await creditPurchase(ledger, fromEntry({ ...entry, offset: '0', deliveries: 0 }))
  }
}
beforeEach(() => begin())
afterEach(async () => sandbox[Symbol.asyncDispose]())

const price = { amountMinor: 2000, currency: 'BRL' }
async function bought(id = 'p1'): Promise<string> {
  const purchase = await purchases.request('acme', {
    id,
    userId: 'ada',
    packageKey: 'small',
    credits: 10,
    price,
    provider: 'sandbox',
    returnUrl: 'http://127.0.0.1:9/back',
  })
  return purchase.checkout?.redirectUrl ?? ''
}
const press = (url: string, action: 'decline' | 'pay') =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ action }), redirect: 'manual' })
async function polled(): Promise<void> {
  for (let n = 0; n < 20; n += 1) {
    await instances.clock.pass(pollMs / 4)
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
  await drain()
}
const statusOf = async (id = 'p1') => (await purchases.get('acme', id))?.status
const balance = async () => (await ledger.wallet('acme', 'ada')).balance

interface Changes {
  readonly offSeconds?: number
  readonly with?: string
  readonly data?: object
}
function webhook(status: string, changes: Changes = {}) {
  const told = { id: 'co', reference: 'acme/p1', status, amountMinor: 2000, currency: 'BRL', url: 'http://x' }
  const data = { ...told, ...changes.data }
  const body = JSON.stringify({ type: `checkout.${status}`, timestamp: '', data })
  const seconds = Math.floor(instances.clock.nowMs() / 1000) + (changes.offSeconds ?? 0)
  const signature = sign(changes.with ?? secret, { id: 'm1', seconds, body })
  return {
    headers: { 'webhook-id': 'm1', 'webhook-timestamp': String(seconds), 'webhook-signature': signature },
    body: Buffer.from(body),
  }
}

describe('a purchase', () => {
  test('is paid at the page of the provider, found out without a webhook, and credited once', async () => {
    const url = await bought()
    expect(await bought()).toBe(url)
    expect(await (await fetch(url)).text()).toContain(
      '<button name="action" value="decline">decline</button>',
    )
    const paid = await press(url, 'pay')
    expect([paid.status, paid.headers.get('location')]).toEqual([303, 'http://127.0.0.1:9/back'])
    await polled()
    expect(await statusOf()).toBe('paid')
    expect(await balance()).toBe(10)
    const accounts = await ledger.trialBalance('acme')
    expect(accounts.find(({ account }) => account === 'clearing/sandbox')).toMatchObject({
      currency: 'BRL',
      balance: 2000,
    })
  })

  test('that is declined is never credited', async () => {
    await press(await bought(), 'decline')
    await polled()
    expect(await statusOf()).toBe('failed')
    expect(await balance()).toBe(0)
  })

  test('of which the provider tells a hundred times at once is credited once', async () => {
    await bought()
    const heard = await Promise.all(
      Array.from({ length: 100 }, () => purchases.hear('sandbox', webhook('paid'))),
    )
    expect(new Set(heard)).toEqual(new Set(['heard']))
    await drain()
    expect(await balance()).toBe(10)
  })

  test('goes on when the provider is away for a while', async () => {
    await sandbox[Symbol.asyncDispose]()
    await begin({ failures: 1 })
    await expect(bought()).rejects.toThrow('the payment provider')
    expect(await statusOf()).toBe('pending')
  })

  test('that the provider knows nothing of any more has expired after a day', async () => {
    await bought()
    await sandbox[Symbol.asyncDispose]()
    const another = await startPayments({ port: Number(new URL(sandbox.url).port), secret })
    sandbox = another
    await polled()
    expect(await statusOf()).toBe('pending')
    instances.clock.turnTo(instances.clock.nowMs() + 24 * 3_600_000)
    await polled()
    expect(await statusOf()).toBe('expired')
  })

  test('hears of a refund before it hears that it was paid: nothing is credited', async () => {
    await bought()
    await purchases.hear('sandbox', webhook('refunded'))
    await purchases.hear('sandbox', webhook('paid'))
    await drain()
    expect(await statusOf()).toBe('refunded')
    expect(await balance()).toBe(0)
  })
})

describe('a webhook', () => {
  test.each([
    ['a cent less', { amountMinor: 1999 }],
    ['a cent more', { amountMinor: 2001 }],
    ['nothing', { amountMinor: 0 }],
    ['another currency', { currency: 'ARS' }],
  ])('that says %s was paid credits nothing, and what is right does when it comes', async (_, data) => {
    await bought()
    const wrong = webhook('paid', { data })
    expect(await purchases.hear('sandbox', wrong)).toBe('heard')
    expect(await purchases.hear('sandbox', wrong)).toBe('heard')
    await polled()
    expect(await statusOf()).toBe('failed')
    expect(await purchases.get('acme', 'p1')).toMatchObject({ mispaid: data })
    expect(await balance()).toBe(0)
    await purchases.hear('sandbox', webhook('paid'))
    await drain()
    expect([await statusOf(), await balance()]).toEqual(['paid', 10])
  })

  test.each([
    ['paid', 'failed'],
    ['failed', 'paid'],
    ['expired', 'paid', 'pending'],
    ['paid', 'pending', 'expired'],
    ['paid', 'paid', 'failed', 'paid'],
  ])('comes in any order: %s, %s, %s …', async (...statuses) => {
    await bought()
    for (const status of statuses) await purchases.hear('sandbox', webhook(status))
    await drain()
    expect([await statusOf(), await balance()]).toEqual(['paid', 10])
  })

  test('of something that is none of ours is taken, and changes nothing', async () => {
    await bought()
    expect(await purchases.hear('sandbox', webhook('disputed'))).toBe('unknown')
    const elsewhere = webhook('paid', { data: { reference: 'other/p1' } })
    expect(await purchases.hear('sandbox', elsewhere)).toBe('unknown')
    expect(await purchases.hear('sandbox', webhook('paid', { data: { reference: 'p1' } }))).toBe('unknown')
    expect(await statusOf()).toBe('pending')
  })

  test('before the purchase is known is made up for by asking', async () => {
    expect(await purchases.hear('sandbox', webhook('paid'))).toBe('unknown')
    await press(await bought(), 'pay')
    await polled()
    expect([await statusOf(), await balance()]).toEqual(['paid', 10])
  })

  test('that was heard a week ago and is sent again, signed anew, is no second credit', async () => {
    await bought()
    await purchases.hear('sandbox', webhook('paid'))
    await drain()
    instances.clock.turnTo(instances.clock.nowMs() + 7 * 86_400_000)
    expect(await purchases.hear('sandbox', webhook('paid'))).toBe('heard')
    await drain()
    expect(await balance()).toBe(10)
  })

  test.each([
    ['of somebody else', { with: 'another-secret' }],
    ['of 301 seconds ago', { offSeconds: -301 }],
    ['of 301 seconds from now', { offSeconds: 302 }],
  ])('%s is refused', async (_, changes) => {
    await bought()
    expect(await purchases.hear('sandbox', webhook('paid', changes))).toHaveProperty('refused')
    expect(await statusOf()).toBe('pending')
  })

  test('with a byte more is refused', async () => {
    await bought()
    const { body, headers } = webhook('paid')
    const more = Buffer.concat([body, Buffer.from(' ')])
    expect(await purchases.hear('sandbox', { headers, body: more })).toHaveProperty('refused')
  })

  test('of another provider, or of a purchase that is not there, changes nothing', async () => {
    expect(await purchases.hear('stripe', webhook('paid'))).toBe('no-provider')
    expect(await purchases.hear('sandbox', webhook('paid'))).toBe('unknown')
  })
})

describe('a refund', () => {
  beforeEach(async () => {
    await press(await bought(), 'pay')
    await polled()
  })
  const refund = () => purchases.refund('acme', 'p1', 'asked for it', 'op')

  test('of several at once is one', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, refund))
    expect(outcomes.filter(({ kind }) => kind === 'refunded')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'refused')).toHaveLength(9)
    expect(await balance()).toBe(0)
    expect(await statusOf()).toBe('refunded')
  })

  test('of credits that are spent is refused, and the purchase stays paid', async () => {
    await ledger.post('acme', 'ada', { type: 'Hold', id: 'b1', credits: 1, podId: 'p' }, 'ada')
    expect(await refund()).toEqual({ kind: 'refused', refusal: 'spent' })
    expect(await statusOf()).toBe('paid')
    await ledger.post('acme', 'ada', { type: 'Release', id: 'b1' }, 'ada')
    expect((await refund()).kind).toBe('refunded')
  })
})

test('a signature is that of the convention', () => {
  // From the documentation of Standard Webhooks.
  const body = '{"test": 2432232314}'
  const signed = sign('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    seconds: 1614265330,
    body,
  })
  expect(signed).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

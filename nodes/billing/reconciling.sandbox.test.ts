import { afterEach, expect, test } from 'vitest'
import { openSandbox } from '../../engines/payments/sandbox.ts'
import { noFaults, type PaymentFaults } from '../../sim/payments/faults.ts'
import { type PaymentServer, startPayments } from '../../sim/payments/server.ts'
import { fromEntry } from '../platform/kit/events/event-codec.ts'
import { EventRelay } from '../platform/kit/events/relay.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { PaymentProvider } from '../platform/payments/port.ts'
import type { NewEntry } from '../platform/stream/port.ts'
import { creditPurchase } from './ledger/credit-purchase.ts'
import { Ledger } from './ledger.ts'
import { Purchases } from './purchases.ts'
import { Reconciling } from './reconciling.ts'

const secret = 'sandbox-secret'
const dayMs = 86_400_000
const price = { amountMinor: 2000, currency: 'BRL' }
const instances = useInstances(Date.now())
let sandbox: PaymentServer
afterEach(async () => sandbox[Symbol.asyncDispose]())

/** A purchase of today, with a provider that tells nothing by itself. */
async function bought(faults: Partial<PaymentFaults> = {}, random = () => 0) {
  sandbox = await startPayments({
    port: 0,
    secret,
    random,
    faults: { ...noFaults, isSilent: true, ...faults },
  })
  const instance = instances.open('a')
  const stream: NewEntry[] = []
  const append = async (_: string, entries: readonly NewEntry[]): Promise<undefined> => {
    stream.push(...entries)
    return undefined
  }
  const relay = new EventRelay({ ...instance, stream: { append } })
  const ledger = new Ledger(instance)
  const provider = openSandbox({ url: sandbox.url, secret, webhookUrl: 'http://127.0.0.1:9/none' })
  const providers = new Map([['sandbox', provider] as const])
  const purchases = new Purchases({ ...instance, relay, ledger, pollMs: 60_000, providers })
  const reconciling = new Reconciling({ ...instance, ledger, providers })
  const wanted = { id: 'p1', userId: 'ada', packageKey: 'small', credits: 10, price, returnUrl: 'http://x' }
  const { checkout } = await purchases.request('acme', { ...wanted, provider: 'sandbox' })
  const url = checkout?.redirectUrl ?? ''
  const fromMs = Math.floor(instances.clock.nowMs() / dayMs) * dayMs
  return {
    press: (action: 'decline' | 'expire' | 'pay') =>
      fetch(url, { method: 'POST', body: new URLSearchParams({ action }), redirect: 'manual' }),
    /** As a webhook or the poll would bring it. */
    hears: async (isCredited = true): Promise<void> => {
      const charge = await provider.charge(checkout?.id ?? '')
      if (charge === undefined) throw new Error('the provider does not know it')
      const telling: PaymentProvider = { ...provider, readWebhook: () => ({ kind: 'charge', charge }) }
      const told = new Map([['sandbox', telling] as const])
      const hearing = new Purchases({ ...instance, relay, ledger, pollMs: 60_000, providers: told })
      await hearing.hear('sandbox', { headers: {}, body: new Uint8Array() })
      await relay.whenIdle()
      for (const entry of isCredited ? stream.splice(0) : [])
        await creditPurchase(ledger, fromEntry({ ...entry, offset: '0', deliveries: 0 }))
    },
    refundThere: () => provider.refund(checkout?.id ?? ''),
    compare: async () => {
      const [done] = await reconciling.run('acme', new Date(fromMs).toISOString().slice(0, 10), fromMs)
      return done?.differences
    },
  }
}
const named = (kind: string, here: string | null, there: string | null) => ({
  purchaseId: 'p1',
  kind,
  here,
  there,
})

test('what is paid, told and credited differs in nothing', async () => {
  const { compare, hears, press } = await bought()
  expect(await compare()).toEqual([])
  await press('pay')
  await hears()
  expect(await compare()).toEqual([])
})

test('silence: what was paid and never told is pending here, until it is asked about', async () => {
  const { compare, hears, press } = await bought()
  await press('pay')
  expect(await compare()).toEqual([named('status', 'pending', 'paid')])
  await hears()
  expect(await compare()).toEqual([])
})

test('short: a cent less was taken, and stays a difference', async () => {
  const { compare, hears, press } = await bought({ isShort: true })
  await press('pay')
  await hears()
  expect(await compare()).toEqual([
    named('amount', '2000 BRL', '1999 BRL'),
    named('status', 'failed', 'paid'),
  ])
})

test('what was paid and not credited is named', async () => {
  const { compare, hears, press } = await bought()
  await press('pay')
  await hears(false)
  expect(await compare()).toEqual([named('not-credited', 'paid', 'paid')])
})

test('what was given back at the provider is named: the credits may be spent', async () => {
  const { compare, hears, press, refundThere } = await bought()
  await press('pay')
  await hears()
  await refundThere()
  await hears()
  expect(await compare()).toEqual([named('status', 'paid', 'refunded')])
})

test.each(['decline', 'expire'] as const)(
  'a payment that somebody lets %s differs in nothing',
  async (how) => {
    const { compare, hears, press } = await bought()
    await press(how)
    await hears()
    expect(await compare()).toEqual([])
  },
)

test('failure: a provider that answers with errors is no difference, and is tried again', async () => {
  let isFailing = false
  const { compare } = await bought({ failures: 0.5 }, () => (isFailing ? 0 : 1))
  isFailing = true
  await expect(compare()).rejects.toHaveProperty('name', 'ProviderUnavailable')
  isFailing = false
  expect(await compare()).toEqual([])
})

test('a provider that has lost it is named', async () => {
  const { compare } = await bought()
  const { port } = new URL(sandbox.url)
  await sandbox[Symbol.asyncDispose]()
  sandbox = await startPayments({ port: Number(port), secret })
  expect(await compare()).toEqual([named('missing-there', 'pending', null)])
})

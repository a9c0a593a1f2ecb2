import { expect, test } from 'vitest'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { paymentCollection } from '../billing/booking-payment.ts'
import { podSettings } from '../booking/booking-world.fixture.ts'
import { bookingCollection } from '../booking/booking.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import type { Charge, PaymentProvider } from '../platform/payments/port.ts'
import type { Store } from '../platform/store/port.ts'
import { mortal, type Mortal } from '../platform/testing/mortal-store.fixture.ts'
import { virtualClock, type VirtualClock } from '../platform/testing/virtual-clock.fixture.ts'
import { accessCodeCollection } from './access-codes.ts'
import { type Chain, codeKey, openChain } from './booking-chain.fixture.ts'
import { codeOf, hashCode } from './code.ts'

const startMs = Date.UTC(2026, 2, 2, 9)
const slotMs = 30 * 60_000
const orgId = 'acme'
const price = { amountMinor: 2000, currency: 'BRL' }

/** What outlives a process: the stream, and what the provider has. */
interface Outside {
  readonly queue: DomainEvent[]
  readonly charges: Map<string, Charge>
  readonly refunds: string[]
}

function providerOf({ charges, refunds }: Outside, life: Mortal): PaymentProvider {
  return {
    key: 'sandbox',
    openCheckout: ({ price: asked, reference }) =>
      life.step('provider.openCheckout', () => {
        const id = `co/${reference}`
        if (!charges.has(id)) charges.set(id, { id, reference, status: 'paid', price: asked })
        return Promise.resolve({ id, redirectUrl: 'http://127.0.0.1:9' })
      }),
    charge: (id) => Promise.resolve(charges.get(id)),
    refund: (id) =>
      life.step('provider.refund', () => {
        const charge = charges.get(id)
        if (charge?.status === 'paid') refunds.push(id)
        if (charge !== undefined) charges.set(id, { ...charge, status: 'refunded' })
        return Promise.resolve()
      }),
    chargesBetween: () => Promise.resolve([...charges.values()]),
    // As the provider signs it, it is what it says.
    readWebhook: ({ body }) => {
      const charge = charges.get(Buffer.from(body).toString())
      return charge === undefined ? { kind: 'other' } : { kind: 'charge', charge }
    },
  }
}

/** One after the other, as guests, operators, pods and the provider ask; each under an id of its own, so it can be asked again. */
async function live(chain: Chain, outside: Outside, clock: VirtualClock): Promise<void> {
  const { access, bookings, ledger, payments, purchases } = chain
  /** What is on the stream goes through the flows; what was not through with it when somebody died comes again. */
  const drain = async (): Promise<void> => {
    for (;;) {
      await chain.relay.whenIdle()
      const [event] = outside.queue
      if (event === undefined) return
      await chain.take(event)
      outside.queue.shift()
    }
  }
  const book = (id: string, userId: string, slot: number, slots = 1) => {
    const fromMs = startMs + slot * slotMs
    const span = { startMs: fromMs, endMs: fromMs + slots * slotMs }
    return bookings.create(orgId, { id, podId: 'p1', userId, actor: userId, ...span })
  }
  const tell = (podId: string, event: 'CODE_ENTERED' | 'CLOSE_DOOR' | 'OPEN_DOOR' | 'SESSION_END') =>
    access.report({
      orgId,
      podId,
      event,
      atMs: clock.nowMs(),
      eventId: `${event}-1`,
      bookingId: undefined,
      codeHash: hashCode(codeKey, orgId, podId, codeOf(codeKey, orgId, 'b1', 0)),
    })

  await chain.pods.save(orgId, 'p1', podSettings)
  for (const userId of ['ada', 'bob']) {
    const grant = { type: 'Grant', id: `g-${userId}`, credits: 8, reason: 'welcome' } as const
    await ledger.post(orgId, userId, grant, 'op')
  }
  for (const id of ['pu1', 'pu2']) {
    const purchase = { id, userId: 'ada', packageKey: 'small', credits: 10, price, returnUrl: 'http://x' }
    await purchases.request(orgId, { ...purchase, provider: 'sandbox' })
    await purchases.hear('sandbox', { headers: {}, body: Buffer.from(`co/${orgId}/${id}`) })
  }
  await drain()
  await book('b1', 'ada', 0)
  await book('b2', 'bob', 0)
  await book('b3', 'bob', 2, 8)
  await book('b4', 'ada', 1)
  await drain()
  await bookings.handle(orgId, 'b4', { type: 'CancelBooking', reason: 'ill', actor: 'ada' })
  await drain()
  await bookings.changes.make(orgId, 'b1', { kind: 'extend', endMs: startMs + 2 * slotMs }, 'ada')
  await drain()
  await tell('p1', 'CODE_ENTERED')
  await tell('p1', 'OPEN_DOOR')
  await tell('p1', 'SESSION_END')
  await tell('p1', 'CLOSE_DOOR')
  await drain()
  await purchases.refund(orgId, 'pu2', 'too many', 'op')
  await payments.refund(orgId, 'b1', { id: 'r1', percent: 50, reason: 'it was cold', actor: 'op' })
  await drain()
}

/** What it has come to, without times and numbers. */
async function endOf(store: Store, chain: Chain, { refunds }: Outside): Promise<object> {
  const bookings = await store.organization(orgId).collection(bookingCollection).find()
  const payments = await store.organization(orgId).collection(paymentCollection).find()
  const codes = await store.organization(orgId).collection(accessCodeCollection).find()
  const taken = await chain.bookings.calendars.takenIn(orgId, 'p1', {
    startMs,
    endMs: startMs + 86_400_000,
  })
  const wallets = await Promise.all(['ada', 'bob'].map((userId) => chain.ledger.wallet(orgId, userId)))
  return {
    bookings: bookings.items.map(({ document }) => {
      const types = document.history.map(({ type }) => type)
      return [document.id, document.status, document.endMs, document.change, types]
    }),
    payments: payments.items.map(({ document: { credits, extras, id, refund, status } }) => [
      id,
      status,
      credits,
      extras,
      refund?.credits,
    ]),
    codes: codes.items.map(({ document: { id, liveHash } }) => [id, liveHash]),
    taken: taken.map(({ endMs, holder, startMs: fromMs }) => [holder, fromMs, endMs]),
    wallets: wallets.map(({ balance, holds, id }) => [id, balance, holds]),
    accounts: await chain.ledger.trialBalance(orgId),
    purchases: await Promise.all(
      ['pu1', 'pu2'].map(async (id) => (await chain.purchases.get(orgId, id))?.status),
    ),
    refunds,
  }
}

interface Life {
  /** What it did before it died. */
  readonly steps: readonly string[]
  readonly end: object
}

/** Dies after the step of this number, and is started again. */
async function lifeWithDeath(lastStep: number): Promise<Life> {
  const folder = await temporaryDirectory()
  const store = await openSqliteStore({ directory: folder.path })
  try {
    const clock = virtualClock(startMs)
    const outside: Outside = { queue: [], charges: new Map(), refunds: [] }
    const begin = (life: Mortal): Chain =>
      openChain({
        store: life.store,
        clock,
        provider: providerOf(outside, life),
        append: (events) =>
          life.step('stream.append', () => {
            outside.queue.push(...events)
            return Promise.resolve()
          }),
      })
    const first = mortal(store, lastStep)
    await Promise.race([first.died, live(begin(first), outside, clock)])
    const chain = begin(mortal(store, Number.MAX_SAFE_INTEGER))
    // Whoever comes after it finds what it left, and is asked again by everybody who got no answer.
    chain.start()
    await clock.pass(1500)
    await live(chain, outside, clock)
    clock.turnTo(clock.nowMs() + 20_000)
    await clock.pass(1500)
    await live(chain, outside, clock)
    await chain.stop()
    return { steps: first.steps, end: await endOf(store, chain, outside) }
  } finally {
    await store.close()
    await folder.remove()
  }
}

const whole = await lifeWithDeath(Number.MAX_SAFE_INTEGER)
/** After each kind of step where it is taken first; with CRASH_POINTS=all after every one. */
const points = whole.steps
  .map((name, index) => ({ n: index + 1, name }))
  .filter(({ n, name }) => process.env['CRASH_POINTS'] === 'all' || whole.steps.indexOf(name) === n - 1)

test('the chain goes through all of its steps, and its end is as it should be', () => {
  expect(points.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'pod_calendars.insert',
      'bookings.insert',
      'bookings.replace',
      'bookings.update',
      'stream.append',
      'wallets.replace',
      'booking_payments.insert',
      'booking_payments.replace',
      'access_codes.insert',
      'keypads.insert',
      'purchases.replace',
      'provider.openCheckout',
      'provider.refund',
    ]),
  )
  expect(whole.end).toMatchObject({
    purchases: ['paid', 'refunded'],
    refunds: ['co/acme/pu2'],
    // Of 8 and 10 that were bought: 4 for the hour, of which half came back, and the half of 2 that was cancelled late.
    wallets: [
      ['ada', 15, []],
      ['bob', 8, []],
    ],
  })
})

test.each(points)(
  'a death after step $n, $name, comes to the same end',
  async ({ n }) => {
    expect((await lifeWithDeath(n)).end).toEqual(whole.end)
  },
  30_000,
)

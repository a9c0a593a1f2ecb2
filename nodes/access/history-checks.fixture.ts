/** What has to hold of a history, after each of its steps and in its end. */
import { expect } from 'vitest'
import { accounts } from '../billing/account.ts'
import { Reconciling } from '../billing/reconciling.ts'
import type { Difference } from '../billing/reconciliation.ts'
import { balancesOf, expectNothingHeld } from '../billing/wallets.fixture.ts'
import { bookingAt } from '../booking/booking-evolve.ts'
import { isLive } from '../booking/booking.ts'
import type { Store } from '../platform/store/port.ts'
import { accessCodeCollection } from './access-codes.ts'
import { historyStartMs, historyUsers, type HistoryWorld } from './history-world.fixture.ts'

const dayMs = 86_400_000

/** Nobody is where somebody else is, and nobody has spent what was not there. */
export async function checkNow(world: HistoryWorld): Promise<void> {
  const { orgId } = world
  const { bookings, ledger } = world.chain()
  const { items } = await bookings.list(orgId, {}, { limit: 1000 })
  const own = items.map(({ document }) => document).filter(({ status }) => status !== 'CANCELLED')
  for (const [k, one] of own.entries())
    for (const other of own.slice(k + 1))
      expect(one.podId !== other.podId || one.startMs >= other.endMs || other.startMs >= one.endMs).toBe(true)
  for (const user of historyUsers)
    expect((await ledger.wallet(orgId, user)).balance).toBeGreaterThanOrEqual(0)
}

/** Brings everything to its end, and looks at what it has come to. */
export async function checkEnd(store: Store, world: HistoryWorld): Promise<void> {
  const { clock, provider } = world
  provider.fail(0)
  for (let round = 0; round < 4; round += 1) {
    await world.restart()
    while (await world.deliver(false));
    if (round === 1) for (const id of provider.charges.keys()) provider.settle(id, 'expired')
    clock.turnTo(clock.nowMs() + dayMs)
    await world.tick()
  }
  while (await world.deliver(false));
  await checkMoney(store, world)
  await checkBookings(store, world)
}

async function checkMoney(store: Store, world: HistoryWorld): Promise<void> {
  const { clock, orgId, provider, purchaseIds } = world
  const { ledger, purchases } = world.chain()
  const balances = await ledger.trialBalance(orgId)
  const of = await balancesOf(ledger, orgId)
  for (const currency of ['BRL', 'CREDITS'])
    expect(balances.reduce((sum, each) => (each.currency === currency ? sum + each.balance : sum), 0)).toBe(0)
  await expectNothingHeld(ledger, orgId, historyUsers)
  // What the provider has taken and not given back is what we say it has, and what customers have of it.
  let [taken, sold] = [0, 0]
  const differences: Omit<Difference, 'purchaseId'>[] = []
  for (const id of purchaseIds) {
    const purchase = await purchases.get(orgId, id)
    const charge = provider.charges.get(`co/${orgId}/${id}`)
    const isShort = charge?.status === 'paid' && charge.price.amountMinor !== purchase?.price.amountMinor
    world.note(`purchase ${isShort ? 'short' : (purchase?.status ?? '')}`)
    expect({ id, status: purchase?.status }).toEqual({ id, status: isShort ? 'failed' : charge?.status })
    if (purchase?.status === 'paid')
      [taken, sold] = [taken + purchase.price.amountMinor, sold + purchase.credits]
    if (isShort)
      differences.push(
        { kind: 'amount', here: '2000 BRL', there: '1999 BRL' },
        { kind: 'status', here: 'failed', there: 'paid' },
      )
  }
  expect([of(accounts.clearing('sandbox')), of(accounts.creditsSold)]).toEqual([
    taken,
    sold === 0 ? 0 : -sold,
  ])
  expect(new Set(provider.refunds).size).toBe(provider.refunds.length)
  const providers = new Map([['sandbox', provider] as const])
  const reconciling = new Reconciling({ store, clock, ledger, providers })
  const found: Difference[] = []
  for (let day = -1; day <= 2; day += 1) {
    const fromMs = Math.floor(historyStartMs / dayMs) * dayMs + day * dayMs
    const [done] = await reconciling.run(orgId, new Date(fromMs).toISOString().slice(0, 10), fromMs)
    found.push(...(done?.differences ?? []))
  }
  expect(found.map(({ here, kind, there }) => ({ kind, here, there }))).toEqual(differences)
}

/** What a change of it costs is charged under its id and a number. */
const bookingOf = ({ id }: { readonly id: string }): string => id.split('+')[0] ?? id

async function checkBookings(store: Store, world: HistoryWorld): Promise<void> {
  const { orgId } = world
  const { bookings, ledger, payments } = world.chain()
  const earned = new Map<string, number>()
  for await (const { lines, source } of ledger.everyEntry(orgId))
    for (const { account, amount } of lines)
      if (account === accounts.revenue || account === accounts.refunds)
        earned.set(bookingOf(source), (earned.get(bookingOf(source)) ?? 0) + amount)
  const { items } = await bookings.list(orgId, {}, { limit: 1000 })
  for (const { document } of items) {
    const { eventSeq: _, failures: __, pendingEvents, pendingSinceMs: ____, ...state } = document
    const { id } = document
    expect({ id, isLive: isLive(document), left: pendingEvents }).toEqual({ id, isLive: false, left: [] })
    expect(bookingAt(document.history, Number.MAX_SAFE_INTEGER)).toMatchObject(state)
    world.note(`booking ${document.status}`)
    const types = document.history.map(({ type }) => type)
    expect(types.filter((type) => type === 'RefundCompleted').length).toBeLessThanOrEqual(1)
    const payment = await payments.get(orgId, id)
    const isPaid = payment?.status === 'charged' || payment?.status === 'refunded'
    expect({ id, isPaid }).toEqual({ id, isPaid: types.includes('BookingConfirmed') })
    // Of one that was never paid nobody has anything.
    if (!isPaid) expect({ id, earned: earned.get(id) ?? 0 }).toEqual({ id, earned: 0 })
    else expect(earned.get(id) ?? 0).toBeGreaterThanOrEqual(0)
    const code = (await store.organization(orgId).collection(accessCodeCollection).get(id))?.document
    expect({ id, code: code?.liveHash ?? null }).toEqual({ id, code: null })
  }
}

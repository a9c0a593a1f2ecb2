import assert from 'node:assert/strict'
import { accounts } from '../../nodes/billing/account.ts'
import type { Chain } from '../../nodes/access/booking-chain.fixture.ts'
import { accessCodeCollection } from '../../nodes/access/access-codes.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { isLive } from '../../nodes/booking/booking.ts'

export interface ToCheck {
  readonly orgId: string
  readonly userIds: readonly string[]
  /** Bookings whose time is over. */
  readonly ids: Iterable<string>
}

/** How many of the bookings ended how. @throws AssertionError for what does not hold */
export async function check(
  store: Store,
  chain: Chain,
  { ids, orgId, userIds }: ToCheck,
): Promise<Readonly<Record<string, number>>> {
  const ends: Record<string, number> = {}
  const byPod = new Map<string, [number, number][]>()
  for (const id of ids) {
    const booking = await chain.bookings.get(orgId, id)
    // It lost the race for its time.
    if (booking === undefined) continue
    ends[booking.status] = (ends[booking.status] ?? 0) + 1
    assert.equal(isLive(booking), false, `${id} is over`)
    const types = booking.history.map(({ type }) => type)
    assert.ok(types.filter((type) => type === 'RefundCompleted').length <= 1, `${id} is refunded once`)
    const status = (await chain.payments.get(orgId, id))?.status
    const isPaid = status === 'charged' || status === 'refunded'
    assert.equal(isPaid, types.includes('BookingConfirmed'), `${id} is paid if it was confirmed`)
    const code = (await store.organization(orgId).collection(accessCodeCollection).get(id))?.document
    assert.equal(code?.liveHash ?? null, null, `the code of ${id} opens no door any more`)
    if (booking.status !== 'CANCELLED')
      byPod.set(booking.podId, [...(byPod.get(booking.podId) ?? []), [booking.startMs, booking.endMs]])
  }
  for (const [podId, spans] of byPod) {
    spans.sort(([one], [other]) => one - other)
    for (const [n, [startMs]] of spans.entries())
      assert.ok(n === 0 || (spans[n - 1]?.[1] ?? 0) <= startMs, `nobody overlaps in ${podId}`)
  }
  const balances = await chain.ledger.trialBalance(orgId)
  const of = new Map(balances.map(({ account, balance }) => [account, balance]))
  assert.equal(
    balances.reduce((sum, { balance }) => sum + balance, 0),
    0,
    'the accounts come to nothing',
  )
  for (const userId of userIds) {
    const wallet = await chain.ledger.wallet(orgId, userId)
    assert.equal(wallet.balance, of.get(accounts.wallet(userId)) ?? 0, `${userId} has what the entries say`)
    assert.deepEqual(
      [wallet.holds, of.get(accounts.held(userId)) ?? 0],
      [[], 0],
      `${userId} has nothing held`,
    )
  }
  return ends
}

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { BookingPayments } from '../billing/booking-payments.ts'
import { Ledger } from '../billing/ledger.ts'
import { payFor } from '../billing/payment/pay-for.ts'
import { expectNothingHeld } from '../billing/wallets.fixture.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { fromEntry } from '../platform/kit/events/event-codec.ts'
import { EventRelay } from '../platform/kit/events/relay.ts'
import { openJobs } from '../platform/kit/jobs/jobs.ts'
import { silentLogger } from '../platform/logger.ts'
import type { Store } from '../platform/store/port.ts'
import { virtualClock } from '../platform/testing/virtual-clock.fixture.ts'
import { advance } from './booking-fsm/advance.ts'
import { podSettings } from './booking-world.fixture.ts'
import { isLive } from './booking.ts'
import { bookingAt } from './booking-evolve.ts'
import { Bookings } from './bookings.ts'
import { Pods } from './pods.ts'

const startMs = Date.UTC(2026, 2, 2, 9)
const slotMs = 30 * 60_000
const record = aRecord(aClass({ key: 'pod', bookable: true }), aDevice({ id: 'p1', classKey: 'pod' }))
const users = ['ada', 'bob'] as const

/** What may be done, by whom, and what may go wrong in between. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('book' as const),
      user: fc.constantFrom(...users),
      slot: fc.nat(6),
      slots: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('extend' as const),
      which: fc.nat(9),
      by: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('move' as const), which: fc.nat(9), slot: fc.nat(6) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('grant' as const),
      user: fc.constantFrom(...users),
      credits: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      which: fc.nat(9),
      percent: fc.integer({ min: 1, max: 100 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      count: fc.integer({ min: 1, max: 6 }),
      isTwice: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('redeliver' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('door' as const),
      which: fc.nat(9),
      event: fc.constantFrom('OpenDoor' as const, 'EndSession' as const, 'CloseDoor' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('time' as const), minutes: fc.integer({ min: 1, max: 90 }) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** One history in an organization of its own; the events of each subject come in order, those of different ones in any. */
async function live(
  store: Store,
  orgId: string,
  steps: readonly Step[],
  random: () => number,
): Promise<void> {
  const clock = virtualClock(startMs, () => new Promise((resolve) => void setImmediate(resolve)))
  const common = { store, clock, log: silentLogger, random: () => 1 }
  const waiting: DomainEvent[] = []
  const delivered: DomainEvent[] = []
  const relay = new EventRelay({
    ...common,
    stream: {
      append: async (_, entries) => {
        waiting.push(...entries.map((entry) => fromEntry({ ...entry, offset: '0', deliveries: 0 })))
        return undefined
      },
    },
  })
  const parts = { ...common, relay, jobs: openJobs({ ...common, bus: new MemoryHub().open('a') }) }
  const ledger = new Ledger(parts)
  const payments = new BookingPayments({ ...parts, ledger })
  const directory = { lookup: () => ({ ...record, orgId }) }
  const pods = new Pods({ ...parts, directory })
  const bookings = new Bookings({ ...parts, pods, payments })
  await pods.save(orgId, 'p1', podSettings)
  const ids: string[] = []
  let n = 0
  const idOf = (which: number): string => ids[which % Math.max(1, ids.length)] ?? 'none'
  const take = async (event: DomainEvent): Promise<void> => {
    await payFor(payments, event)
    await advance(bookings, event)
  }
  /** The next of any subject, but not before those of its own that came earlier. */
  const next = async (): Promise<DomainEvent | undefined> => {
    await relay.whenIdle()
    const heads = [...Map.groupBy(waiting, ({ subject }) => `${subject.kind}/${subject.id}`).values()]
    const head = heads[Math.floor(random() * heads.length)]?.[0]
    if (head !== undefined) waiting.splice(waiting.indexOf(head), 1)
    return head
  }
  /** What is due by the clock, as the job does it. */
  const tick = async (): Promise<void> => {
    for (const id of ids)
      for (let more = true; more;) {
        const outcome = await bookings.handle(orgId, id, { type: 'AdvanceBooking' })
        more = outcome.kind === 'done' && outcome.events.length > 0
      }
  }
  const doing: { readonly [D in Step['do']]: (step: Extract<Step, { readonly do: D }>) => Promise<unknown> } =
    {
      async book({ slot, slots, user }) {
        const fromMs = startMs + slot * slotMs
        const id = `b${(n += 1)}`
        const wanted = {
          id,
          podId: 'p1',
          userId: user,
          startMs: fromMs,
          endMs: fromMs + slots * slotMs,
          actor: user,
        }
        const twice = await Promise.all([bookings.create(orgId, wanted), bookings.create(orgId, wanted)])
        expect(twice[0].kind).toBe(twice[1].kind)
        if (twice[0].kind === 'booked') ids.push(id)
      },
      cancel: ({ which }) =>
        bookings.handle(orgId, idOf(which), { type: 'CancelBooking', reason: 'x', actor: 'ada' }),
      async extend({ by, which }) {
        const booking = await bookings.get(orgId, idOf(which))
        if (booking === undefined) return
        const wanted = { kind: 'extend', endMs: booking.endMs + by * slotMs } as const
        await bookings.changes.make(orgId, booking.id, wanted, 'ada')
      },
      async move({ slot, which }) {
        const fromMs = startMs + slot * slotMs
        const wanted = { kind: 'move', podId: 'p1', startMs: fromMs, endMs: fromMs + slotMs } as const
        await bookings.changes.make(orgId, idOf(which), wanted, 'ada')
      },
      grant: ({ credits, user }) =>
        ledger.post(orgId, user, { type: 'Grant', id: `g${(n += 1)}`, credits, reason: 'x' }, 'test'),
      refund: ({ percent, which }) =>
        payments.refund(orgId, idOf(which), { id: `r${(n += 1)}`, percent, reason: 'x', actor: 'op' }),
      async deliver({ count, isTwice }) {
        for (let k = 0; k < count; k += 1) {
          const event = await next()
          if (event === undefined) return
          delivered.push(event)
          await take(event)
          if (isTwice) await take(event)
        }
      },
      async redeliver({ count }) {
        for (let k = 0; k < count && delivered.length > 0; k += 1) {
          const old = delivered[Math.floor(random() * delivered.length)]
          if (old !== undefined) await take(old)
        }
      },
      async door({ event, which }) {
        const eventId = `d${(n += 1)}`
        await bookings.handle(orgId, idOf(which), { type: event, atMs: clock.nowMs(), eventId, actor: 'p1' })
      },
      async time({ minutes }) {
        clock.turnTo(clock.nowMs() + minutes * 60_000)
        await tick()
      },
    }
  const noOverlap = async (): Promise<void> => {
    const { items } = await bookings.list(orgId, {}, { limit: 1000 })
    const own = items.map(({ document }) => document).filter(({ status }) => status !== 'CANCELLED')
    for (const [k, one] of own.entries())
      for (const other of own.slice(k + 1))
        expect(one.startMs >= other.endMs || other.startMs >= one.endMs).toBe(true)
  }
  for (const each of steps) {
    // oxlint-disable-next-line no-unsafe-type-assertion -- of the kind that is looked up
    await doing[each.do](each as never)
    await noOverlap()
    for (const user of users) expect((await ledger.wallet(orgId, user)).balance).toBeGreaterThanOrEqual(0)
  }
  // All of it comes through, and time passes.
  for (let round = 0; round < 3; round += 1) {
    for (let event = await next(); event !== undefined; event = await next()) await take(event)
    clock.turnTo(clock.nowMs() + 24 * 3_600_000)
    await tick()
  }
  await atTheEnd()
  await relay.stop()
  await parts.jobs.stop()

  async function atTheEnd(): Promise<void> {
    const balances = await ledger.trialBalance(orgId)
    expect(balances.reduce((sum, { balance }) => sum + balance, 0)).toBe(0)
    await expectNothingHeld(ledger, orgId, users)
    const { items } = await bookings.list(orgId, {}, { limit: 1000 })
    for (const { document } of items) {
      const { eventSeq: _, failures: __, pendingEvents: ___, pendingSinceMs: ____, ...state } = document
      expect(isLive(document)).toBe(false)
      expect(bookingAt(document.history, Number.MAX_SAFE_INTEGER)).toMatchObject(state)
      const types = document.history.map(({ type }) => type)
      expect(types.filter((type) => type === 'RefundCompleted').length).toBeLessThanOrEqual(1)
      const times = types.filter((type) => type === 'BookingConfirmed' || type === 'BookingMoved').length
      expect(types.filter((type) => type === 'BookingStartingSoon').length).toBeLessThanOrEqual(times)
      const payment = await payments.get(orgId, document.id)
      const isPaid = payment?.status === 'charged' || payment?.status === 'refunded'
      expect({ id: document.id, isPaid }).toEqual({
        id: document.id,
        isPaid: types.includes('BookingConfirmed'),
      })
    }
  }
}

const runs = Number(process.env['BOOKING_HISTORIES'] ?? 60)
const seed = Number(process.env['BOOKING_SEED'] ?? 40)

test('whatever is done and goes wrong: no overlap, no credit lost, one refund, nothing held in the end', async () => {
  const folder = await temporaryDirectory()
  const store = await openSqliteStore({ directory: folder.path })
  let orgs = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (steps, numbers) => {
          const random = (): number => numbers.next().value ?? 0
          await live(store, `org-${(orgs += 1)}`, steps, random)
        },
      ),
      { seed, numRuns: runs },
    )
  } finally {
    await store.close()
    await folder.remove()
  }
}, 120_000)

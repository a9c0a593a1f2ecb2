import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { checkEnd, checkNow } from './history-checks.fixture.ts'
import { HistoryDoor } from './history-door.fixture.ts'
import { type Step, step } from './history-steps.fixture.ts'
import { ProviderUnavailable } from '../platform/payments/port.ts'
import {
  historyStartMs,
  historyUsers,
  type HistoryWorld,
  openHistory,
  slotMs,
} from './history-world.fixture.ts'

type Doing = { readonly [D in Step['do']]: (step: Extract<Step, { readonly do: D }>) => Promise<unknown> }

const price = { amountMinor: 2000, currency: 'BRL' }

function doingsOf(world: HistoryWorld, door: HistoryDoor): Doing {
  const { bookingIds, clock, orgId, provider, purchaseIds } = world
  let n = 0
  const one = (ids: readonly string[], nth: number): string => ids[nth % Math.max(1, ids.length)] ?? 'none'
  const unlessAway = async (task: Promise<unknown>): Promise<void> => {
    await task.catch((error: unknown) => {
      if (!(error instanceof ProviderUnavailable)) throw error
    })
  }
  return {
    async book({ pod: podId, slot, slots, user }) {
      const fromMs = historyStartMs + slot * slotMs
      const id = `b${(n += 1)}`
      const span = { startMs: fromMs, endMs: fromMs + slots * slotMs }
      const wanted = { id, podId, userId: user, actor: user, ...span }
      const { bookings } = world.chain()
      const twice = await Promise.all([bookings.create(orgId, wanted), bookings.create(orgId, wanted)])
      expect(twice[0].kind).toBe(twice[1].kind)
      if (twice[0].kind === 'booked') bookingIds.push(id)
    },
    cancel: ({ which: nth }) =>
      world
        .chain()
        .bookings.handle(orgId, one(bookingIds, nth), { type: 'CancelBooking', reason: 'x', actor: 'ada' }),
    async extend({ slots, which: nth }) {
      const { bookings } = world.chain()
      const booking = await bookings.get(orgId, one(bookingIds, nth))
      if (booking === undefined) return
      const wanted = { kind: 'extend', endMs: booking.endMs + slots * slotMs } as const
      await bookings.changes.make(orgId, booking.id, wanted, 'ada')
    },
    move({ pod: podId, slot, which: nth }) {
      const startMs = historyStartMs + slot * slotMs
      const wanted = { kind: 'move', podId, startMs, endMs: startMs + slotMs } as const
      return world.chain().bookings.changes.make(orgId, one(bookingIds, nth), wanted, 'ada')
    },
    grant: ({ credits, user }) =>
      world
        .chain()
        .ledger.post(orgId, user, { type: 'Grant', id: `g${(n += 1)}`, credits, reason: 'x' }, 'test'),
    refund: ({ percent, which: nth }) => {
      const refund = { id: `r${(n += 1)}`, percent, reason: 'x', actor: 'op' }
      return world.chain().payments.refund(orgId, one(bookingIds, nth), refund)
    },
    async buy({ user }) {
      const id = `pu${(n += 1)}`
      purchaseIds.push(id)
      const wanted = { id, userId: user, packageKey: 'small', credits: 10, price, returnUrl: 'http://x' }
      await unlessAway(world.chain().purchases.request(orgId, { ...wanted, provider: 'sandbox' }))
    },
    settle({ isShort, status, which: nth }) {
      provider.settle(one([...provider.charges.keys()], nth), status, isShort && status === 'paid' ? 1 : 0)
      return Promise.resolve()
    },
    async webhook({ isKept, which: nth }) {
      const at = nth % Math.max(1, provider.notices.length)
      const notice = provider.notices[at]
      if (notice === undefined) return
      if (!isKept) provider.notices.splice(at, 1)
      expect(await world.chain().purchases.hear('sandbox', notice)).toBe('heard')
    },
    async giveBack({ which: nth }) {
      const id = one(purchaseIds, nth)
      const { purchases } = world.chain()
      await unlessAway(
        Promise.all([purchases.refund(orgId, id, 'x', 'op'), purchases.refund(orgId, id, 'x', 'op')]),
      )
    },
    outage({ answers }) {
      provider.fail(answers)
      return Promise.resolve()
    },
    async deliver({ count, isTwice }) {
      for (let k = 0; k < count; k += 1) if (!(await world.deliver(isTwice))) return
    },
    async redeliver({ count }) {
      for (let k = 0; k < count; k += 1) await world.redeliver()
    },
    type: ({ isWrong, lateMs, pod, which: nth }) =>
      door.type({ bookingId: one(bookingIds, nth), podId: pod, isWrong, lateMs }),
    /** A guest does, at a time that may be the right one, and time has passed until then. */
    async come({ minutes, which: nth }) {
      const booking = await world.chain().bookings.get(orgId, one(bookingIds, nth))
      if (booking === undefined) return
      const atMs = booking.startMs + minutes * 60_000
      if (atMs > clock.nowMs()) clock.turnTo(atMs)
      await world.tick()
      await door.type({ bookingId: booking.id, podId: undefined, isWrong: false, lateMs: 0 })
    },
    async guess({ count, which: nth }) {
      const bookingId = one(bookingIds, nth)
      for (let k = 0; k < count; k += 1)
        await door.type({ bookingId, podId: undefined, isWrong: true, lateMs: 0 })
    },
    retype: ({ which: nth }) => door.again(nth),
    door: ({ event, lateMs, which: nth }) => door.tell(one(bookingIds, nth), event, clock.nowMs() - lateMs),
    unlock: ({ pod }) => door.unlock(pod),
    async time({ minutes }) {
      clock.turnTo(clock.nowMs() + minutes * 60_000)
      await world.tick()
    },
    async restart({ isMuteBefore }) {
      if (isMuteBefore) world.loseStream()
      else await world.restart()
    },
  }
}

const whatComesAbout = [
  'booking CANCELLED',
  'booking COMPLETED',
  'booking NOSHOW',
  'code late',
  'code locked',
  'code opened',
  'code wrong',
  'purchase expired',
  'purchase failed',
  'purchase paid',
  'purchase refunded',
  'purchase short',
] as const

const asked = process.env['ACCESS_HISTORIES']
const runs = Number(asked ?? 60)
const seed = Number(process.env['ACCESS_SEED'] ?? 41)

test(
  'whatever guests, pods, the provider and the clock do: no overlap, no credit lost, no door opened to the wrong one',
  async () => {
    const folder = await temporaryDirectory()
    const store = await openSqliteStore({ directory: folder.path })
    let orgs = 0
    const seen = new Map<string, number>()
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
          fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
          async (steps, numbers) => {
            const orgId = `org-${(orgs += 1)}`
            const random = (): number => numbers.next().value ?? 0
            const world = await openHistory(store, { orgId, random, seen })
            const { ledger } = world.chain()
            for (const user of historyUsers)
              await ledger.post(orgId, user, { type: 'Grant', id: user, credits: 12, reason: 'x' }, 'test')
            const doings = doingsOf(world, new HistoryDoor(world))
            for (const each of steps) {
              // oxlint-disable-next-line no-unsafe-type-assertion -- of the kind that is looked up
              await doings[each.do](each as never)
              await checkNow(world)
            }
            await checkEnd(store, world)
            await world.end()
          },
        ),
        { seed, numRuns: runs },
      )
      if (asked !== undefined) process.stderr.write(`${runs} histories: ${JSON.stringify([...seen])}\n`)
      // Histories in which nothing of this comes about prove nothing.
      expect([...seen.keys()].toSorted()).toEqual([...whatComesAbout])
    } finally {
      await store.close()
      await folder.remove()
    }
  },
  120_000 + runs * 1000,
)

import { beforeEach, expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import { bookingCollection } from './booking.ts'
import { type BookingWorld, openBookingWorld } from './booking-world.fixture.ts'
import { calendarCollection, type CalendarDay } from './calendar.ts'
import { type Rebuilt, rebuildBookings } from './projections.ts'

const hour = 3_600_000
const startMs = Date.UTC(2026, 2, 2, 9)
const instances = useInstances(startMs)
let world: BookingWorld

beforeEach(async () => {
  world = await openBookingWorld(instances)
  await world.grant('ada', 100)
})

const calendars = () => instances.store.organization('acme').collection(calendarCollection)
const bookings = () => instances.store.organization('acme').collection(bookingCollection)
async function calendar(): Promise<readonly CalendarDay[]> {
  const days: CalendarDay[] = []
  for await (const { document } of everyDocument(calendars())) {
    const taken = document.taken.map(({ bufferMs, endMs, holder, kind, startMs: fromMs, userId }) => {
      return { bufferMs, endMs, holder, kind, startMs: fromMs, userId, takenAtMs: 0 }
    })
    days.push({ ...document, taken })
  }
  return days
}
const rebuild = (): Promise<Rebuilt> =>
  rebuildBookings(instances.store, 'acme', { nowMs: () => instances.clock.nowMs(), sinceMs: 0 })

async function someHistory(): Promise<void> {
  for (const [id, podId, from] of [
    ['b1', 'p1', 2],
    ['b2', 'p1', 5],
    ['b3', 'p2', 14],
    ['b4', 'p2', 20],
  ] as const) {
    const span = { startMs: startMs + from * hour, endMs: startMs + (from + 1) * hour }
    await world.bookings.create('acme', { id, podId, userId: 'ada', actor: 'ada', ...span })
  }
  await world.drain()
  await world.bookings.handle('acme', 'b2', { type: 'CancelBooking', reason: '', actor: 'ada' })
  const moved = {
    kind: 'move',
    podId: 'p1',
    startMs: startMs + 15 * hour,
    endMs: startMs + 16 * hour,
  } as const
  expect((await world.bookings.changes.make('acme', 'b3', moved, 'op')).kind).toBe('changed')
  const [fromMs, toMs] = [startMs + 30 * hour, startMs + 31 * hour]
  await world.blocks.make('acme', { id: 'k1', podId: 'p1', fromMs, toMs, reason: 'cleaning' }, '')
  await world.drain()
  await instances.clock.pass(120_000)
}

test('calendars rebuilt from nothing are what they were, and nothing is to be done the next time', async () => {
  await someHistory()
  const before = await calendar()
  await calendars().removeMany({ dayMs: { $gte: 0 } })
  expect(await calendar()).toEqual([])
  const rebuilt = await rebuild()
  expect([rebuilt.bookings, rebuilt.changedBookings, rebuilt.changedDays.length > 2]).toEqual([4, [], true])
  const isNotEmpty = ({ taken }: CalendarDay): boolean => taken.length > 0
  expect((await calendar()).filter(isNotEmpty)).toEqual(before.filter(isNotEmpty))
  expect(await rebuild()).toMatchObject({ changedBookings: [], changedDays: [] })
})

test('a booking is again what its events make of it, and what should not be in a calendar goes', async () => {
  await someHistory()
  const right = (await bookings().get('b1'))?.document
  await bookings().update('b1', (booking) => ({ ...booking, status: 'NOSHOW', credits: 1 }))
  const stray = { holder: 'nobody', kind: 'booking', bufferMs: 0, userId: 'x' } as const
  const span = { startMs: startMs + 8 * hour, endMs: startMs + 9 * hour }
  await world.bookings.calendars.claim('acme', 'p1', { ...stray, ...span, takenAtMs: startMs })
  const now = instances.clock.nowMs()
  const later = { startMs: startMs + 9 * hour, endMs: startMs + 10 * hour }
  await world.bookings.calendars.claim('acme', 'p1', { ...stray, ...later, holder: 'soon', takenAtMs: now })
  const rebuilt = await rebuild()
  expect(rebuilt.changedBookings).toEqual(['b1'])
  expect(rebuilt.changedDays).toHaveLength(1)
  expect((await bookings().get('b1'))?.document).toEqual(right)
  const holders = JSON.stringify(await calendar())
  expect([holders.includes('nobody'), holders.includes('soon')]).toEqual([false, true])
})

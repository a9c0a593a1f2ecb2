import { beforeEach, expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { type BookingWorld, openBookingWorld } from './booking-world.fixture.ts'

const minute = 60_000
const startMs = Date.UTC(2026, 2, 2, 9)
const at = (hour: number, min = 0): number => Date.UTC(2026, 2, 2, hour, min)
const instances = useInstances(startMs)
let world: BookingWorld
let ids = 0
beforeEach(async () => {
  world = await openBookingWorld(instances)
  await world.grant('ada', 100)
  ids = 0
})

async function booked(fromMs: number): Promise<string> {
  const id = `b${(ids += 1)}`
  const wanted = { id, podId: 'p1', userId: 'ada', startMs: fromMs, endMs: fromMs + 60 * minute }
  expect((await world.bookings.create('acme', { ...wanted, actor: 'ada' })).kind).toBe('booked')
  await world.drain()
  return id
}
async function until(ms: number): Promise<void> {
  instances.clock.turnTo(ms - 2000)
  await instances.clock.pass(2000)
}
/** When its guest was reminded, on the clock of the tests. */
async function remindersOf(id: string): Promise<readonly string[]> {
  const { history } = (await world.bookings.get('acme', id)) ?? { history: [] }
  return history
    .filter(({ type }) => type === 'BookingStartingSoon')
    .map(({ atMs }) => new Date(atMs).toISOString().slice(11, 16))
}
const handle = (id: string, command: Parameters<BookingWorld['bookings']['handle']>[2]) =>
  world.bookings.handle('acme', id, command)

test('a guest is reminded half an hour before, once, and that is an event for the flows', async () => {
  const id = await booked(at(11))
  await until(at(10, 29))
  expect(await remindersOf(id)).toEqual([])
  await until(at(10, 31))
  await until(at(11, 30))
  expect(await remindersOf(id)).toEqual(['10:30'])
  await world.drain()
  expect(await remindersOf(id)).toEqual(['10:30'])
})

test.each([
  [60, ['10:00']],
  [0, []],
])('a pod that says %i minutes has it so', async (reminderMinutes, reminders) => {
  world = await openBookingWorld(instances, 'b', { reminderMinutes })
  const id = await booked(at(11))
  await until(at(10, 1))
  await until(at(10, 59))
  expect(await remindersOf(id)).toEqual(reminders)
})

test.each([
  ['a quarter of an hour before the reminder has it', at(9, 15), ['09:30']],
  ['later than that has none', at(9, 16), []],
])('who has booked %s', async (_, bookedMs, reminders) => {
  await until(bookedMs)
  const id = await booked(at(10))
  await until(at(9, 31))
  await until(at(9, 59))
  expect(await remindersOf(id)).toEqual(reminders)
})

test('one that is moved has its reminder before the new time, also a second one', async () => {
  const id = await booked(at(10))
  await until(at(9, 31))
  expect(await remindersOf(id)).toEqual(['09:30'])
  const moved = { kind: 'move', podId: 'p2', startMs: at(15), endMs: at(16) } as const
  expect((await world.bookings.changes.make('acme', id, moved, 'ada')).kind).toBe('changed')
  await until(at(14, 29))
  expect(await remindersOf(id)).toEqual(['09:30'])
  await until(at(14, 31))
  expect(await remindersOf(id)).toEqual(['09:30', '14:30'])
})

test('one that is made longer has no second reminder', async () => {
  const id = await booked(at(10))
  await until(at(9, 31))
  const longer = { kind: 'extend', endMs: at(12) } as const
  expect((await world.bookings.changes.make('acme', id, longer, 'ada')).kind).toBe('changed')
  await until(at(9, 45))
  expect(await remindersOf(id)).toEqual(['09:30'])
})

test('nobody is reminded of what is cancelled, nor while the guest is there already', async () => {
  const cancelled = await booked(at(10))
  await handle(cancelled, { type: 'CancelBooking', reason: 'ill', actor: 'ada' })
  await until(at(11))
  expect(await remindersOf(cancelled)).toEqual([])
  world = await openBookingWorld(instances, 'b', { reminderMinutes: 3 })
  const early = await booked(at(12))
  await until(at(11, 55))
  await handle(early, { type: 'AdmitGuest', atMs: at(11, 55), eventId: 'e1', actor: 'p1' })
  await until(at(11, 59))
  expect(await remindersOf(early)).toEqual([])
})

test('after an outage the reminder is late, and after the end there is none', async () => {
  const [first, second] = [await booked(at(10)), await booked(at(13))]
  await until(at(10, 20) + 30_000)
  expect(await remindersOf(first)).toEqual(['10:20'])
  await until(at(14, 1))
  expect(await remindersOf(second)).toEqual([])
  expect((await world.bookings.get('acme', second))?.status).toBe('NOSHOW')
})

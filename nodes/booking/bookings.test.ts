import { beforeEach, describe, expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { meanwhile } from '../platform/testing/meanwhile.fixture.ts'
import { type BookingWorld, openBookingWorld } from './booking-world.fixture.ts'
import { bookingAt } from './booking-evolve.ts'
import { availabilityOf } from './availability.ts'
import type { WantedBooking } from './bookings.ts'

const minute = 60_000
const startMs = Date.UTC(2026, 2, 2, 9)
const at = (hour: number, min = 0): number => Date.UTC(2026, 2, 2, hour, min)

const instances = useInstances(startMs)
let world: BookingWorld
let ids = 0
beforeEach(async () => {
  world = await openBookingWorld(instances)
  ids = 0
})

const wanted = (changes: Partial<WantedBooking> = {}): WantedBooking => ({
  id: `b${(ids += 1)}`,
  podId: 'p1',
  userId: 'ada',
  startMs: at(10),
  endMs: at(11),
  actor: 'ada',
  ...changes,
})
async function booked(changes: Partial<WantedBooking> = {}): Promise<string> {
  const outcome = await world.bookings.create('acme', wanted(changes))
  if (outcome.kind !== 'booked') throw new Error(outcome.kind)
  await world.drain()
  return outcome.booking.id
}
const statusOf = async (id: string): Promise<string | undefined> =>
  (await world.bookings.get('acme', id))?.status
const wallet = () => world.ledger.wallet('acme', 'ada')
const typesOf = async (id: string): Promise<readonly string[]> =>
  (await world.bookings.get('acme', id))?.history.map(({ type }) => type) ?? []

/** Whoever finds somebody else about to book waits a moment. */
async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
  const done = work.then(() => true)
  while (!(await Promise.race([done, instances.clock.pass(5).then(() => false)])));
  return work
}
/** The clock is turned, and whoever sleeps by it wakes up a moment later. */
async function later(ms: number): Promise<void> {
  instances.clock.turnTo(instances.clock.nowMs() + ms - 2000)
  await instances.clock.pass(2000)
}

describe('a booking', () => {
  test('holds the credits, is confirmed, and is paid', async () => {
    await world.grant('ada', 10)
    const id = await booked()
    expect(await statusOf(id)).toBe('CONFIRMED')
    expect(await wallet()).toEqual({
      id: 'ada',
      balance: 6,
      holds: [],
      unsealed: [],
      dueAtMs: null,
      failures: 0,
    })
    expect(await typesOf(id)).toEqual(['BookingCreated', 'PaymentRequested', 'BookingConfirmed'])
  })

  test('with too few credits is cancelled, and the time is free again', async () => {
    await world.grant('ada', 3)
    const id = await booked()
    expect(await world.bookings.get('acme', id)).toMatchObject({
      status: 'CANCELLED',
      reason: 'too few credits',
    })
    expect(await wallet()).toMatchObject({ balance: 3, holds: [] })
    await world.grant('ada', 10)
    expect(await statusOf(await booked())).toBe('CONFIRMED')
  })

  test('that nobody pays for in time is over, and what is held late is let go', async () => {
    await world.grant('ada', 10)
    const id = wanted().id
    await world.bookings.create('acme', wanted({ id }))
    await later(5 * minute + 1000)
    expect(await statusOf(id)).toBe('CANCELLED')
    await world.drain()
    expect(await wallet()).toMatchObject({ balance: 10, holds: [] })
    expect(await typesOf(id)).toEqual([
      'BookingCreated',
      'PaymentRequested',
      'BookingExpired',
      'BookingCancelled',
    ])
  })

  test('to which nobody comes is a no-show when its time is over', async () => {
    await world.grant('ada', 10)
    const id = await booked()
    await later(119 * minute)
    expect(await statusOf(id)).toBe('CONFIRMED')
    await later(2 * minute)
    expect(await statusOf(id)).toBe('NOSHOW')
  })

  test.each([
    ['an hour and more before', 0, 10],
    ['less than an hour before', 30, 8],
    ['after its start', 75, 6],
  ])('that is cancelled %s gives back what the policy says', async (_, minutes, balance) => {
    await world.grant('ada', 10)
    const id = await booked()
    await later(minutes * minute)
    await world.bookings.handle('acme', id, { type: 'CancelBooking', reason: 'ill', actor: 'ada' })
    await world.drain()
    expect(await statusOf(id)).toBe('CANCELLED')
    expect(await wallet()).toMatchObject({ balance, holds: [] })
    expect((await typesOf(id)).includes('RefundCompleted')).toBe(balance > 6)
  })

  test('is as it was at any time', async () => {
    await world.grant('ada', 10)
    const id = await booked()
    await later(minute)
    await world.bookings.handle('acme', id, { type: 'CancelBooking', reason: 'ill', actor: 'ada' })
    const booking = await world.bookings.get('acme', id)
    if (booking === undefined) throw new Error('gone')
    expect(bookingAt(booking.history, startMs - 1)).toBeUndefined()
    expect(bookingAt(booking.history, startMs)?.status).toBe('CONFIRMED')
    const { eventSeq: _, pendingEvents: __, pendingSinceMs: ___, ...state } = booking
    expect(bookingAt(booking.history, startMs + minute)).toEqual(state)
  })
})

describe('the time of a pod', () => {
  test('goes to one of a thousand who want it at once, through two instances', async () => {
    const other = await openBookingWorld(instances, 'b')
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, n) =>
        (n % 2 === 0 ? world : other).bookings.create('acme', wanted({ userId: `u${n}` })),
      ),
    )
    expect(outcomes.filter(({ kind }) => kind === 'booked')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'taken')).toHaveLength(999)
  })

  test('of stays that overlap is given to one, also over midnight', async () => {
    const stays = Array.from({ length: 40 }, (_, n) =>
      wanted({ startMs: at(22, n % 2 === 0 ? 0 : 30), endMs: at(25, n % 3 === 0 ? 0 : 30) }),
    )
    const outcomes = await whileTimePasses(
      Promise.all(stays.map((stay) => world.bookings.create('acme', stay))),
    )
    expect(outcomes.filter(({ kind }) => kind === 'booked')).toHaveLength(1)
  })

  test('that was claimed by one who died is free after a minute, and whoever died comes too late', async () => {
    const lost = wanted()
    const taken = { ...lost, holder: lost.id, kind: 'booking', bufferMs: 0, takenAtMs: startMs } as const
    const { actor: _, id: __, podId, ...claim } = taken
    await world.bookings.calendars.claim('acme', podId, claim)
    await later(61_000)
    expect((await world.bookings.create('acme', wanted())).kind).toBe('booked')
    expect((await world.bookings.create('acme', lost)).kind).toBe('taken')
  })

  test('is kept clear for cleaning on both sides', async () => {
    world = await openBookingWorld(instances, 'b', { bufferMinutes: 10 })
    await world.grant('ada', 100)
    await booked({ startMs: at(12), endMs: at(13) })
    const taken = async (from: number, to: number) =>
      (await world.bookings.create('acme', wanted({ startMs: from, endMs: to }))).kind
    expect(await taken(at(11, 30), at(12))).toBe('taken')
    expect(await taken(at(13), at(13, 30))).toBe('taken')
    const pod = await world.pods.get('acme', 'p1')
    if (pod === undefined) throw new Error('no pod')
    const slots = await availabilityOf(world.bookings.calendars, 'acme', pod, '2026-03-02', startMs)
    const busy = slots.filter(({ endMs, isFree }) => !isFree && endMs > startMs)
    expect(busy.map((slot) => new Date(slot.startMs).toISOString().slice(11, 16))).toEqual([
      '11:30',
      '12:00',
      '12:30',
      '13:00',
    ])
    expect(await taken(at(13, 30), at(14))).toBe('booked')
  })

  test('stays taken when the length of its slots changes', async () => {
    await world.grant('ada', 100)
    await booked()
    const pod = await world.pods.get('acme', 'p1')
    if (pod === undefined) throw new Error('no pod')
    const { createdAtMs: _, id: __, ...settings } = pod
    await world.pods.save('acme', 'p1', { ...settings, slotMinutes: 20 })
    const overlapping = wanted({ startMs: at(10, 40), endMs: at(11, 20) })
    expect((await world.bookings.create('acme', overlapping)).kind).toBe('taken')
    expect((await world.bookings.create('acme', wanted({ startMs: at(11), endMs: at(11, 20) }))).kind).toBe(
      'booked',
    )
  })
})

describe('a change', () => {
  const extend = (id: string, endMs: number) =>
    world.bookings.changes.make('acme', id, { kind: 'extend', endMs }, 'ada')

  test('of the end is charged at once', async () => {
    await world.grant('ada', 10)
    const id = await booked()
    expect(await extend(id, at(12))).toMatchObject({
      kind: 'changed',
      booking: { credits: 8, endMs: at(12) },
    })
    expect(await wallet()).toMatchObject({ balance: 2, holds: [] })
    await world.drain()
    expect(await wallet()).toMatchObject({ balance: 2, holds: [] })
    const next = wanted({ startMs: at(11), endMs: at(11, 30) })
    expect((await world.bookings.create('acme', next)).kind).toBe('taken')
  })

  test('that was made while the same was being asked for again is paid once', async () => {
    await world.grant('ada', 20)
    const id = await booked()
    meanwhile(world.pods, 'get', () => extend(id, at(12)))
    expect(await extend(id, at(12))).toMatchObject({
      kind: 'changed',
      booking: { credits: 8, endMs: at(12) },
    })
    await world.drain()
    expect(await world.bookings.get('acme', id)).toMatchObject({ changes: 1, change: null })
    expect(await wallet()).toMatchObject({ balance: 12, holds: [] })
  })

  test('that is under way is finished by whoever asks for the same', async () => {
    await world.grant('ada', 20)
    const id = await booked()
    const same = await Promise.all([extend(id, at(12)), extend(id, at(12)), extend(id, at(12))])
    expect(same.map(({ kind }) => kind)).toEqual(['changed', 'changed', 'changed'])
    await world.drain()
    expect(await world.bookings.get('acme', id)).toMatchObject({ changes: 1, credits: 8, change: null })
    expect(await wallet()).toMatchObject({ balance: 12, holds: [] })
  })

  test('that another one overtook is reckoned from what that has made of it', async () => {
    await world.grant('ada', 20)
    const id = await booked()
    meanwhile(world.pods, 'get', () => extend(id, at(11, 30)))
    expect(await extend(id, at(12))).toMatchObject({
      kind: 'changed',
      booking: { credits: 8, endMs: at(12) },
    })
    await world.drain()
    expect(await wallet()).toMatchObject({ balance: 12, holds: [] })
  })

  test('to where it is changes nothing, and is not refused: its answer may have been lost', async () => {
    await world.grant('ada', 20)
    const id = await booked()
    await extend(id, at(12))
    expect(await extend(id, at(12))).toMatchObject({ kind: 'changed', booking: { changes: 1 } })
    expect((await extend(id, at(11))).kind).toBe('wrong')
  })

  test('that cannot be paid leaves all as it was', async () => {
    await world.grant('ada', 4)
    const id = await booked()
    expect((await extend(id, at(12))).kind).toBe('too-few-credits')
    await world.drain()
    expect(await world.bookings.get('acme', id)).toMatchObject({
      status: 'CONFIRMED',
      endMs: at(11),
      change: null,
    })
    expect(await wallet()).toMatchObject({ balance: 0, holds: [] })
    expect((await world.bookings.create('acme', wanted({ startMs: at(11), endMs: at(12) }))).kind).toBe(
      'booked',
    )
  })

  test('into the time of somebody else is refused', async () => {
    await world.grant('ada', 20)
    const id = await booked()
    await booked({ startMs: at(11), endMs: at(12) })
    expect((await extend(id, at(11, 30))).kind).toBe('taken')
  })

  test('to another pod frees the one it had', async () => {
    await world.grant('ada', 20)
    const id = await booked()
    expect(
      await world.bookings.changes.make(
        'acme',
        id,
        { kind: 'move', podId: 'p2', startMs: at(14), endMs: at(15) },
        'ada',
      ),
    ).toMatchObject({
      kind: 'changed',
      booking: { podId: 'p2', credits: 4 },
    })
    expect((await world.bookings.create('acme', wanted())).kind).toBe('booked')
    expect(
      (await world.bookings.create('acme', wanted({ podId: 'p2', startMs: at(14), endMs: at(15) }))).kind,
    ).toBe('taken')
  })

  test('that was left half done is finished by its event', async () => {
    await world.grant('ada', 10)
    const id = await booked()
    const half = {
      n: 1,
      kind: 'extend',
      podId: 'p1',
      startMs: at(10),
      endMs: at(12),
      bufferMs: 0,
      credits: 8,
      extraCredits: 4,
    } as const
    await world.bookings.handle('acme', id, { type: 'RequestChange', change: half, actor: 'ada' })
    await world.drain()
    expect(await world.bookings.get('acme', id)).toMatchObject({ endMs: at(12), change: null })
    expect(await wallet()).toMatchObject({ balance: 2, holds: [] })
  })

  test('that was made keeps its credits when its request is heard before they were taken', async () => {
    await world.grant('ada', 10)
    const id = await booked()
    const { payments } = world
    const chargeExtra = payments.chargeExtra.bind(payments)
    payments.chargeExtra = () => Promise.reject(new Error('it died'))
    await expect(extend(id, at(12))).rejects.toThrow('it died')
    payments.chargeExtra = chargeExtra
    expect((await wallet()).holds).toHaveLength(1)
    await world.drain()
    expect(await world.bookings.get('acme', id)).toMatchObject({ endMs: at(12), change: null })
    expect(await wallet()).toMatchObject({ balance: 2, holds: [] })
  })
})

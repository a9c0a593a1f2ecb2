/** What doors tell late, and what is due while the platform is away. */
import { beforeEach, describe, expect, test } from 'vitest'
import { type BookingWorld, openBookingWorld } from '../booking/booking-world.fixture.ts'
import type { BookingDocument } from '../booking/booking.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { Access, type Checked } from './access.ts'
import { codeKeyOf } from './code.ts'
import type { PodReport } from './pod-report.ts'

const minute = 60_000
const at = (hour: number, min = 0): number => Date.UTC(2026, 2, 2, hour, min)
const instances = useInstances(at(9))
const commands = {
  issue: async () => ({ kind: 'no-device' }) as const,
  get: async () => undefined,
  openOf: async () => [],
  cancel: async () => ({ kind: 'refused', refusal: 'missing' }) as const,
}
const key = codeKeyOf('a secret of the platform, long enough')
let world: BookingWorld
let access: Access
let events: number

beforeEach(async () => {
  events = 0
  await start('a')
  await world.grant('ada', 100)
  await book('b1', at(10))
})

/** A process of this name. */
async function start(name: string): Promise<void> {
  world = await openBookingWorld(instances, name)
  access = new Access({ ...instances.open(`${name}-doors`), ...world, key, commands })
}
/** Nobody runs until this time; then another process does. */
async function awayUntil(timeMs: number): Promise<void> {
  await world.stop()
  instances.clock.turnTo(timeMs)
  await start('after')
  await instances.clock.pass(2000)
}
async function runUntil(timeMs: number): Promise<void> {
  instances.clock.turnTo(timeMs - 2000)
  await instances.clock.pass(2000)
}
async function book(id: string, startMs: number): Promise<void> {
  const wanted = { id, podId: 'p1', userId: 'ada', startMs, endMs: startMs + 60 * minute, actor: 'ada' }
  await world.bookings.create('acme', wanted)
  await world.drain()
}
const tell = (event: PodReport['event'], atMs: number, bookingId?: string): Promise<Checked> =>
  access.report({
    orgId: 'acme',
    podId: 'p1',
    event,
    atMs,
    eventId: `e${(events += 1)}`,
    bookingId,
    codeHash: undefined,
  })
async function booking(id = 'b1'): Promise<BookingDocument> {
  const found = await world.bookings.get('acme', id)
  if (found === undefined) throw new Error(`${id} is gone`)
  return found
}
const typesOf = ({ history }: BookingDocument): readonly string[] => history.slice(3).map(({ type }) => type)
const balance = async (): Promise<number> => {
  await world.drain()
  return (await world.ledger.wallet('acme', 'ada')).balance
}

describe('a guest of whom the door tells when the time is over', () => {
  beforeEach(() => runUntil(at(11, 2)))

  test('came after all, and the session is the one that it was', async () => {
    expect((await booking()).status).toBe('NOSHOW')
    expect(await tell('OPEN_DOOR', at(10, 3))).toBe('noted')
    expect(await booking()).toMatchObject({ status: 'INPROGRESS', startedAtMs: at(10, 3), endedAtMs: null })
    await tell('SESSION_END', at(10, 40))
    await tell('CLOSE_DOOR', at(10, 41))
    expect((await booking()).status).toBe('COMPLETED')
    expect(typesOf(await booking())).toEqual([
      'BookingNoShow',
      'BookingReconciled',
      'SessionStarted',
      'SessionEnded',
      'DoorClosed',
      'BookingCompleted',
    ])
    expect(await balance()).toBe(96)
  })

  test('is ended by the clock without costing more, when the door tells nothing else', async () => {
    await runUntil(at(13))
    await tell('OPEN_DOOR', at(10, 3))
    await instances.clock.pass(3000)
    expect((await booking()).status).toBe('COMPLETED')
    expect(typesOf(await booking())).not.toContain('OverstayDue')
    expect(await balance()).toBe(96)
  })

  test('did not come by an event from outside of the time, or by a door that only closes', async () => {
    expect(await tell('OPEN_DOOR', at(9, 54))).toBe('unfit')
    expect(await tell('OPEN_DOOR', at(11))).toBe('unfit')
    expect(await tell('CLOSE_DOOR', at(10, 30))).toBe('unfit')
    expect((await booking()).status).toBe('NOSHOW')
  })

  test('takes nothing from whoever is in by then', async () => {
    await book('b2', at(11, 30))
    await runUntil(at(11, 31))
    await tell('OPEN_DOOR', at(11, 31), 'b2')
    await tell('OPEN_DOOR', at(10, 3), 'b1')
    expect((await booking('b2')).startedAtMs).toBe(at(11, 31))
    expect((await booking('b1')).startedAtMs).toBe(at(10, 3))
  })
})

describe('a stay that goes on while the platform is away', () => {
  beforeEach(async () => {
    await runUntil(at(10))
    await tell('OPEN_DOOR', at(10))
  })

  test('over its end is an overstay after the start, once, and costs what the door tells', async () => {
    await runUntil(at(10, 58))
    await awayUntil(at(11, 10))
    await awayUntil(at(11, 12))
    expect(typesOf(await booking()).filter((type) => type === 'BookingOverstayed')).toHaveLength(1)
    await tell('SESSION_END', at(11, 6))
    await tell('CLOSE_DOOR', at(11, 7))
    expect((await booking()).status).toBe('COMPLETED')
    expect(await balance()).toBe(94)
  })

  test('and was known to go on costs no more than it would have', async () => {
    await runUntil(at(11, 1))
    await awayUntil(at(18))
    expect((await booking()).status).toBe('COMPLETED')
    expect(await balance()).toBe(94)
  })

  test('and ends with nobody watching costs nothing more', async () => {
    await runUntil(at(10, 30))
    await awayUntil(at(18))
    expect((await booking()).status).toBe('COMPLETED')
    expect(typesOf(await booking())).toEqual([
      'BookingStartingSoon',
      'SessionStarted',
      'BookingReconciled',
      'BookingCompleted',
    ])
    expect(await balance()).toBe(96)
  })
})

import { beforeEach, describe, expect, test } from 'vitest'
import { type BookingWorld, openBookingWorld } from '../booking/booking-world.fixture.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { CommandRequest, Issued } from '../commands/command-service.ts'
import { Access, type Checked } from './access.ts'
import { keepCode } from './access-codes/keep-code.ts'
import { accessCodeCollection } from './access-codes.ts'
import { codeKeyOf, hashCode } from './code.ts'
import type { PodReport } from './pod-report.ts'

const minute = 60_000
const startMs = Date.UTC(2026, 2, 2, 9)
const key = codeKeyOf('a secret of the platform, long enough')
const instances = useInstances(startMs)
let world: BookingWorld
let access: Access
let opened: CommandRequest[]
let events: number
let ids: number

const commands = {
  async issue(_: string, request: CommandRequest): Promise<Issued> {
    if (!opened.some(({ id }) => id === request.id)) opened.push(request)
    return { kind: 'no-device' }
  },
  get: async () => undefined,
  openOf: async () => [],
  cancel: async () => ({ kind: 'refused', refusal: 'missing' }) as const,
}
const openAccess = (name: string): Access => new Access({ ...instances.open(name), ...world, key, commands })

beforeEach(async () => {
  opened = []
  events = 0
  ids = 0
  world = await openBookingWorld(instances)
  access = openAccess('b')
  await world.grant('ada', 100)
})

/** Booked from ten to eleven unless told otherwise, paid, with its code. */
async function guest(
  fromMs = startMs + 60 * minute,
  endMs = fromMs + 60 * minute,
): Promise<{ id: string; code: string }> {
  const id = `b${(ids += 1)}`
  const wanted = { id, podId: 'p1', userId: 'ada', startMs: fromMs, endMs, actor: 'ada' }
  const outcome = await world.bookings.create('acme', wanted)
  if (outcome.kind !== 'booked') throw new Error(outcome.kind)
  await world.drain()
  const issued = await access.codes.issue('acme', id)
  if (issued === undefined) throw new Error('not paid')
  return { id, code: issued.code }
}
async function later(ms: number): Promise<void> {
  instances.clock.turnTo(instances.clock.nowMs() + ms - 2000)
  await instances.clock.pass(2000)
}
const nowMs = (): number => instances.clock.nowMs()
const report = (event: PodReport['event'], changes: Partial<PodReport> = {}): PodReport => ({
  orgId: 'acme',
  podId: 'p1',
  event,
  atMs: nowMs(),
  eventId: `e${(events += 1)}`,
  bookingId: undefined,
  codeHash: undefined,
  ...changes,
})
const typed = (code: string, changes: Partial<PodReport> = {}): PodReport =>
  report('CODE_ENTERED', { codeHash: hashCode(key, 'acme', 'p1', code), ...changes })
const type = (code: string, changes: Partial<PodReport> = {}): Promise<Checked> =>
  access.report(typed(code, changes))
const wrongCode = (code: string): string => (code === '000000' ? '000001' : '000000')

describe('a code', () => {
  test('opens the door from five minutes before the start until the end, and not outside of that', async () => {
    const { code } = await guest()
    await later(54 * minute)
    expect(await type(code)).toBe('wrong')
    await later(1.5 * minute)
    expect(await type(code)).toBe('opened')
    expect(opened).toMatchObject([{ deviceId: 'p1', action: 'openDoor', requestedBy: 'b1' }])
    await later(70 * minute)
    expect(await type(code)).toBe('wrong')
    expect(opened).toHaveLength(1)
  })

  test('that was typed long ago, or twice under one name, does not open again', async () => {
    const { code } = await guest()
    await later(60 * minute)
    expect(await type(code, { atMs: nowMs() - 2 * minute - 1 })).toBe('late')
    expect(await type(code, { atMs: nowMs() + 2 * minute + 1 })).toBe('late')
    const once = typed(code)
    await access.report(once)
    await access.report(once)
    expect(opened).toHaveLength(1)
    expect((await access.keypad('acme', 'p1'))?.wrongAtMs).toEqual([])
  })

  test('of a booking that was cancelled opens nothing', async () => {
    const { code, id } = await guest()
    await later(58 * minute)
    await world.bookings.handle('acme', id, { type: 'CancelBooking', reason: '', actor: 'ada' })
    expect(await type(code)).toBe('wrong')
  })

  test('is shared by no two that live in one pod', async () => {
    const guests = await Promise.all(Array.from({ length: 5 }, (_, n) => guest(startMs + n * 60 * minute)))
    expect(new Set(guests.map(({ code }) => code)).size).toBe(5)
    const { items } = await instances.store.organization('acme').collection(accessCodeCollection).find()
    const kept = JSON.stringify(items)
    for (const { code } of guests) expect(kept).not.toContain(code)
  })

  test('is issued when its booking is confirmed, and retired when that is over', async () => {
    const { id } = await guest()
    const event = {
      id: 'x',
      orgId: 'acme',
      subject: { kind: 'bookings', id },
      aggregateId: id,
      seq: 1,
      type: 'BookingConfirmed',
      atMs: 0,
      at: '1970-01-01T00:00:00.000Z',
      data: { bookingId: id },
    }
    expect(await keepCode(access, world.bookings, event)).toBe(true)
    expect((await world.bookings.get('acme', id))?.history.at(-1)?.type).toBe('AccessCodeIssued')
    await world.bookings.handle('acme', id, { type: 'CancelBooking', reason: '', actor: 'ada' })
    expect(await keepCode(access, world.bookings, event)).toBe(false)
    const kept = await instances.store.organization('acme').collection(accessCodeCollection).get(id)
    expect(kept?.document.liveHash).toBeNull()
  })
})

describe('who guesses', () => {
  test('is locked out after five wrong codes, and then the right one does not open either', async () => {
    const { code } = await guest()
    await later(60 * minute)
    const guesses = await Promise.all(
      Array.from({ length: 100 }, (_, n) => access.report(typed(n === 99 ? code : wrongCode(code)))),
    )
    expect(guesses.filter((outcome) => outcome === 'wrong')).toHaveLength(5)
    expect(guesses.filter((outcome) => outcome === 'opened').length).toBeLessThanOrEqual(1)
    expect(await type(code)).toBe('locked')
    // Another process, after a restart.
    access = openAccess('c')
    expect(await type(code)).toBe('locked')
    await later(15 * minute)
    expect(await type(code)).toBe('opened')
  })

  test('is let try again by an operator', async () => {
    const { code } = await guest()
    await later(60 * minute)
    for (let n = 0; n < 5; n += 1) await type(wrongCode(code))
    expect(await type(code)).toBe('locked')
    await access.unlock('acme', 'p1', 'op')
    expect(await type(code)).toBe('opened')
  })

  test('slowly is not locked out, and what comes again counts once', async () => {
    const { code } = await guest()
    await later(60 * minute)
    const once = typed(wrongCode(code))
    for (let n = 0; n < 10; n += 1) await access.report(once)
    expect((await access.keypad('acme', 'p1'))?.wrongAtMs).toHaveLength(1)
    for (let n = 0; n < 5; n += 1) {
      await later(3 * minute)
      await type(wrongCode(code))
    }
    expect(access.isLocked(await access.keypad('acme', 'p1'))).toBe(false)
  })
})

describe('a session', () => {
  const typesOf = async (id: string): Promise<readonly string[]> =>
    (await world.bookings.get('acme', id))?.history.map((each) => each.type).slice(3) ?? []
  const wallet = async () => (await world.ledger.wallet('acme', 'ada')).balance
  const statusOf = async (id: string) => (await world.bookings.get('acme', id))?.status

  test('begins with the door and ends with it', async () => {
    const { id } = await guest()
    await later(60 * minute)
    expect(await access.report(report('OPEN_DOOR'))).toBe('noted')
    expect(await statusOf(id)).toBe('INPROGRESS')
    await access.report(report('SESSION_START'))
    await access.report(report('CLOSE_DOOR'))
    expect(await statusOf(id)).toBe('INPROGRESS')
    await later(20 * minute)
    await access.report(report('SESSION_END'))
    await access.report(report('CLOSE_DOOR'))
    expect(await statusOf(id)).toBe('COMPLETED')
    expect(await typesOf(id)).toEqual([
      'BookingStartingSoon',
      'SessionStarted',
      'DoorClosed',
      'SessionEnded',
      'DoorClosed',
      'BookingCompleted',
    ])
  })

  test('of which events come in the wrong order, or twice, is what it would be', async () => {
    const { id } = await guest()
    await later(60 * minute)
    const [open, begin, end, close] = [
      report('OPEN_DOOR'),
      report('SESSION_START', { atMs: nowMs() + 5000 }),
      report('SESSION_END', { atMs: nowMs() + 10 * minute }),
      report('CLOSE_DOOR', { atMs: nowMs() + 10 * minute + 5000 }),
    ]
    for (const each of [begin, open, close, close, end, begin, open]) await access.report(each)
    expect(await statusOf(id)).toBe('COMPLETED')
    expect(await typesOf(id)).toEqual([
      'BookingStartingSoon',
      'BookingReconciled',
      'SessionStarted',
      'DoorClosed',
      'SessionEnded',
      'BookingCompleted',
    ])
  })

  test('of which the door tells nothing was one, since the code was taken', async () => {
    const { code, id } = await guest()
    await later(60 * minute)
    await type(code)
    await later(60 * minute)
    await later(31 * minute)
    expect(await statusOf(id)).toBe('COMPLETED')
    expect(await typesOf(id)).toEqual([
      'BookingStartingSoon',
      'GuestAdmitted',
      'BookingReconciled',
      'SessionStarted',
      'BookingOverstayed',
      'BookingReconciled',
      'BookingCompleted',
    ])
  })

  test('that goes on after its end costs the slots that have begun since, once', async () => {
    const { id } = await guest()
    await later(60 * minute)
    await access.report(report('OPEN_DOOR'))
    await later(64 * minute)
    await access.report(report('SESSION_END'))
    await access.report(report('CLOSE_DOOR'))
    await world.drain()
    expect(await wallet()).toBe(96)
    const other = await guest(nowMs() + 60 * minute - ((nowMs() - startMs) % (30 * minute)))
    await later(90 * minute)
    await access.report(report('OPEN_DOOR'))
    const { endMs = 0 } = (await world.bookings.get('acme', other.id)) ?? {}
    await later(endMs + 6 * minute - nowMs())
    await access.report(report('SESSION_END'))
    await access.report(report('CLOSE_DOOR'))
    const due = world.stream.find(({ type: name }) => name === 'OverstayDue')
    expect(due?.data).toMatchObject({ bookingId: other.id, minutes: 6, overstayCredits: 2 })
    if (due !== undefined) world.stream.push(due, due)
    await world.drain()
    expect(await wallet()).toBe(90)
    expect(await statusOf(id)).toBe('COMPLETED')
  })

  test('that the door does not end is ended by the clock, and that is an event too', async () => {
    const { id } = await guest()
    await later(60 * minute)
    await access.report(report('OPEN_DOOR'))
    await later(56 * minute)
    await later(5 * minute)
    expect(await statusOf(id)).toBe('INPROGRESS')
    await later(30 * minute)
    expect(await statusOf(id)).toBe('COMPLETED')
    expect(await typesOf(id)).toEqual([
      'BookingStartingSoon',
      'SessionStarted',
      'SessionEndingSoon',
      'BookingOverstayed',
      'BookingReconciled',
      'OverstayDue',
      'BookingCompleted',
    ])
  })
})

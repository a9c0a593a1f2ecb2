import { beforeEach, expect, test } from 'vitest'
import { type BookingWorld, openBookingWorld } from '../booking/booking-world.fixture.ts'
import type { CommandDocument } from '../commands/command.ts'
import type { CommandRequest, Issued } from '../commands/command-service.ts'
import { meanwhile } from '../platform/testing/meanwhile.fixture.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { Access } from './access.ts'
import { codeKeyOf } from './code.ts'

const hour = 3_600_000
const startMs = Date.UTC(2026, 2, 2, 9)
const instances = useInstances(startMs)
let world: BookingWorld
let access: Access
let underWay: Pick<CommandDocument, 'action' | 'id'>[]
let issued: (string | undefined)[]
let cancelled: string[]

const commands = {
  async issue(_: string, { id }: CommandRequest): Promise<Issued> {
    issued.push(id)
    return { kind: 'no-device' }
  },
  get: async () => undefined,
  // oxlint-disable-next-line no-unsafe-type-assertion -- of one that is open nobody looks at more
  openOf: async () => underWay as CommandDocument[],
  async cancel(_: string, id: string) {
    cancelled.push(id)
    return { kind: 'refused', refusal: 'missing' } as const
  },
}

beforeEach(async () => {
  underWay = []
  issued = []
  cancelled = []
  world = await openBookingWorld(instances, 'a', { accessMode: 'offline' })
  access = new Access({
    ...instances.open('b'),
    ...world,
    key: codeKeyOf('a secret of the platform, long enough'),
    commands,
  })
  await world.grant('ada', 100)
})

async function confirmed(id: string, fromMs: number): Promise<void> {
  const wanted = { id, podId: 'p1', userId: 'ada', startMs: fromMs, endMs: fromMs + hour, actor: 'ada' }
  await world.bookings.create('acme', wanted)
  await world.drain()
}
const lock = () => access.locks.get('acme', 'p1')
const keep = () => access.locks.keep('acme', 'p1')

test('a lock knows the guest who was confirmed while the codes of the others were gathered, and no other', async () => {
  await confirmed('b1', startMs + hour)
  await keep()
  const { bookings } = world
  meanwhile(bookings, 'withCode', async () => {
    await bookings.handle('acme', 'b1', { type: 'CancelBooking', reason: '', actor: 'ada' })
    await confirmed('b2', startMs + 3 * hour)
    await keep()
  })
  await keep()
  expect((await lock())?.codes.map(({ bookingId }) => bookingId)).toEqual(['b2'])
})

test('a code is for the pod where its booking is by now, though it was asked for before the move', async () => {
  await confirmed('b1', startMs + hour)
  const { bookings } = world
  meanwhile(bookings, 'get', async () => {
    const span = { startMs: startMs + hour, endMs: startMs + 2 * hour }
    await bookings.changes.make('acme', 'b1', { kind: 'move', podId: 'p2', ...span }, 'ada')
    await access.codes.issue('acme', 'b1')
  })
  expect(await access.codes.issue('acme', 'b1')).toMatchObject({ podId: 'p2' })
})

test('a set of codes takes the place of older ones that are on their way, and leaves a newer one alone', async () => {
  const codes = { action: 'provisionCodes' }
  underWay = [
    { ...codes, id: 'codes/p1/0' },
    { ...codes, id: 'by-hand' },
    { action: 'openDoor', id: 'open/p1/e1' },
  ]
  await keep()
  expect([cancelled, issued]).toEqual([['codes/p1/0', 'by-hand'], ['codes/p1/1']])
  underWay = [{ ...codes, id: 'codes/p1/3' }]
  await confirmed('b1', startMs + hour)
  await keep()
  expect((await lock())?.epoch).toBe(2)
  expect([cancelled, issued]).toEqual([['codes/p1/0', 'by-hand'], ['codes/p1/1']])
})

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { type BookingWorld, openBookingWorld } from '../booking/booking-world.fixture.ts'
import { openNotifications } from '../notifications/notifications.fixture.ts'
import type { Notifications } from '../notifications/notifications.ts'
import { pushKeys } from '../notifications/push-keys.fixture.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { Access } from './access.ts'
import { codeKeyOf } from './code.ts'
import { GuestNotices, toldOf } from './guest-notices.ts'

const minute = 60_000
const at = (hour: number, min = 0): number => Date.UTC(2026, 2, 2, hour, min)
const instances = useInstances(at(9))

let world: BookingWorld
let notifications: Notifications
let notices: GuestNotices
let codeOf: () => Promise<string>
/** What the browser of the guest is sent, and what the push service answers. */
let pushed: { readonly type: string; readonly title: string; readonly text: string }[]
let status: number

beforeEach(async () => {
  pushed = []
  status = 201
  world = await openBookingWorld(instances)
  await world.grant('ada', 100)
  const instance = instances.open('b')
  const commands = {
    issue: async () => ({ kind: 'no-device' }) as const,
    get: async () => undefined,
    openOf: async () => [],
    cancel: async () => ({ kind: 'refused', refusal: 'missing' }) as const,
  }
  const access = new Access({
    ...instance,
    ...world,
    key: codeKeyOf('a secret of the platform, long enough'),
    commands,
  })
  notifications = openNotifications(instance, ({ body }) => {
    if (status === 201) pushed.push(JSON.parse(Buffer.from(body ?? '').toString()))
    return status
  })
  notices = new GuestNotices({ ...world, codes: access.codes, notifications })
  notices.encloseCodes()
  const subscription = { endpoint: 'https://push.example/send/phone', expirationTime: null, keys: pushKeys }
  await notifications.pushes.add('acme', 'ada', subscription)
  const wanted = { id: 'b1', podId: 'p1', userId: 'ada', startMs: at(11), endMs: at(12), actor: 'ada' }
  await world.bookings.create('acme', wanted)
  await world.drain()
  codeOf = async () => (await access.codes.issue('acme', 'b1'))?.code ?? ''
})

async function until(ms: number): Promise<void> {
  instances.clock.turnTo(ms - 2000)
  await instances.clock.pass(2000)
}
/** The event of the reminder, as the stream has it. */
async function reminder(): Promise<DomainEvent> {
  await until(at(10, 31))
  const event = world.stream.find(({ type }) => type === 'BookingStartingSoon')
  if (event === undefined) throw new Error('nobody is reminded')
  return event
}

test('the flow asks for every event that guests are told of', async () => {
  const tab = await readFile(path.join(import.meta.dirname, '../../flows/access.json'), 'utf8')
  const nodes = z.array(z.looseObject({ group: z.string().optional(), types: z.string().optional() }))
  const asked = nodes.parse(JSON.parse(tab)).find(({ group }) => group === 'tell-guest')?.types
  expect(asked?.split(', ').toSorted()).toEqual(toldOf.toSorted())
})

test('a reminder reaches the guest once, by every way, with the code, which is written down nowhere', async () => {
  const event = await reminder()
  const told = await notices.tell(event)
  await notices.tell(event)
  await instances.clock.pass(1000)
  const code = await codeOf()
  expect(told).toHaveLength(2)
  expect(pushed).toMatchObject([
    {
      type: 'booking.starting',
      title: 'Reminder: Pod',
      text: `Your time is 2 Mar, 11:00 to 12:00. The code of the door is ${code}.`,
    },
  ])
  const { items } = await notifications.deliveries.list('acme', { limit: 10 })
  expect(JSON.stringify(items)).not.toContain(code)
})

test('in the app it can be read with the code while that opens the door, and without it afterwards', async () => {
  const [delivery] = await notices.tell(await reminder())
  const { id = '', notice } = delivery ?? {}
  const { title = '', type = '' } = notice ?? {}
  const shown = { id, type, title, text: '', userId: 'ada', alertId: null, createdAtMs: 0, readAtMs: null }
  const textNow = async () => (await notifications.opened('acme', [shown]))[0]?.text
  const textWith = (code: string) => `Your time is 2 Mar, 11:00 to 12:00. The code of the door is ${code}.`
  expect(await textNow()).toBe(textWith(await codeOf()))
  await world.bookings.handle('acme', 'b1', { type: 'CancelBooking', reason: 'ill', actor: 'ada' })
  expect(await textNow()).toBe(textWith('–'))
})

test('a reminder that comes when the booking is cancelled or moved is not sent', async () => {
  const event = await reminder()
  const moved = { kind: 'move', podId: 'p1', startMs: at(15), endMs: at(16) } as const
  expect((await world.bookings.changes.make('acme', 'b1', moved, 'ada')).kind).toBe('changed')
  expect(await notices.tell(event)).toEqual([])
  await world.bookings.handle('acme', 'b1', { type: 'CancelBooking', reason: 'ill', actor: 'ada' })
  expect(await notices.tell(event)).toEqual([])
})

test.each([
  [
    'moved',
    () =>
      world.bookings.changes.make(
        'acme',
        'b1',
        { kind: 'move', podId: 'p1', startMs: at(15), endMs: at(16) },
        'ada',
      ),
  ],
  [
    'cancelled',
    () => world.bookings.handle('acme', 'b1', { type: 'CancelBooking', reason: 'ill', actor: 'ada' }),
  ],
])('one that waits for a push service that is away is not sent once the booking is %s', async (_, change) => {
  status = 503
  await notices.tell(await reminder())
  await instances.clock.pass(1000)
  await change()
  status = 201
  await instances.clock.pass(10 * minute)
  expect(pushed).toEqual([])
})

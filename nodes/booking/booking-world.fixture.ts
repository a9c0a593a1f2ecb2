import { BookingPayments } from '../billing/booking-payments.ts'
import { paymentCollection } from '../billing/booking-payment.ts'
import { Ledger } from '../billing/ledger.ts'
import { payFor } from '../billing/payment/pay-for.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { fromEntry } from '../platform/kit/events/event-codec.ts'
import { EventRelay } from '../platform/kit/events/relay.ts'
import type { TestInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { NewEntry } from '../platform/stream/port.ts'
import { advance } from './booking-fsm/advance.ts'
import { Blocks } from './blocks.ts'
import { bookingCollection } from './booking.ts'
import { Bookings } from './bookings.ts'
import { everyDay, type PodSettings } from './pod.ts'
import { Pods } from './pods.ts'

/** A pod that is open around the clock, with slots of half an hour that cost two credits. */
export const podSettings: PodSettings = {
  name: 'Pod',
  location: { latitude: 45.07, longitude: 7.69 },
  timeZone: 'UTC',
  openingHours: everyDay('00:00', '24:00'),
  slotMinutes: 30,
  minSlots: 1,
  maxSlots: 8,
  bufferMinutes: 0,
  creditsPerSlot: 2,
  accessMode: 'online',
}

const pods = new Set(['p1', 'p2'])
const commands = [{ name: 'provisionCodes', value: { type: 'integer', min: 0, max: 1_000_000 } }] as const
const bookable = aClass({ key: 'pod', bookable: true, commands: [...commands] })
const directory = {
  lookup: (id: string) => (pods.has(id) ? aRecord(bookable, aDevice({ id, classKey: 'pod' })) : undefined),
}

export interface BookingWorld {
  readonly ledger: Ledger
  readonly payments: BookingPayments
  readonly pods: Pods
  readonly bookings: Bookings
  readonly blocks: Blocks
  /** What was relayed to the stream and not taken from it. */
  readonly stream: DomainEvent[]
  /** Has both consumers take what is on the stream, until nothing comes any more. */
  drain(): Promise<void>
  grant(userId: string, credits: number): Promise<void>
  /** Nothing that is due is done here any more. */
  stop(): Promise<void>
}

/** Booking and billing on the store of these instances, `p1` and `p2` being pods of acme. */
export async function openBookingWorld(
  instances: TestInstances,
  name = 'a',
  settings: Partial<PodSettings> = {},
): Promise<BookingWorld> {
  const instance = instances.open(name)
  const stream: DomainEvent[] = []
  const append = async (_: string, entries: readonly NewEntry[]): Promise<undefined> => {
    stream.push(...entries.map((entry) => fromEntry({ ...entry, offset: '0', deliveries: 0 })))
    return undefined
  }
  const relay = new EventRelay({ ...instance, stream: { append } })
  const parts = { ...instance, relay }
  const ledger = new Ledger(parts)
  const payments = new BookingPayments({ ...parts, ledger })
  const podsOf = new Pods({ ...parts, directory })
  const bookings = new Bookings({ ...parts, pods: podsOf, payments })
  const blocks = new Blocks({ ...parts, calendars: bookings.calendars, pods: podsOf })
  for (const id of pods) await podsOf.save('acme', id, { ...podSettings, ...settings })
  let drained = Promise.resolve()
  const drainAll = async (): Promise<void> => {
    for (;;) {
      await relay.whenIdle()
      const event = stream.shift()
      if (event === undefined) return
      await payFor(payments, event)
      await advance(bookings, event)
    }
  }
  instance.jobs.start(bookings.job)
  instance.jobs.start(ledger.job)
  let grants = 0
  return {
    ledger,
    payments,
    pods: podsOf,
    bookings,
    blocks,
    stream,
    drain() {
      // An event that another call has in hand is not through yet.
      drained = drained.then(drainAll)
      return drained
    },
    async grant(userId, credits) {
      const id = `g${(grants += 1)}-${name}`
      await ledger.post('acme', userId, { type: 'Grant', id, credits, reason: 'for a test' }, 'test')
    },
    stop: () => instance.jobs.stop(),
  }
}

export { bookingCollection, paymentCollection }

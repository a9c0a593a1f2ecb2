/** Booking, billing and access on a store, with the flows that join them: for tests and benches of the whole chain. */
import { MemoryHub } from '../../engines/bus/memory.ts'
import { BookingPayments } from '../billing/booking-payments.ts'
import { paymentCollection } from '../billing/booking-payment.ts'
import { Ledger } from '../billing/ledger.ts'
import { creditPurchase } from '../billing/ledger/credit-purchase.ts'
import { payFor } from '../billing/payment/pay-for.ts'
import { purchaseCollection } from '../billing/purchase.ts'
import { Purchases } from '../billing/purchases.ts'
import { advance } from '../booking/booking-fsm/advance.ts'
import { bookingCollection } from '../booking/booking.ts'
import { Bookings } from '../booking/bookings.ts'
import { Pods } from '../booking/pods.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { Clock } from '../platform/clock.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { fromEntry } from '../platform/kit/events/event-codec.ts'
import { EventRelay } from '../platform/kit/events/relay.ts'
import { openJobs } from '../platform/kit/jobs/jobs.ts'
import { silentLogger } from '../platform/logger.ts'
import type { PaymentProvider } from '../platform/payments/port.ts'
import type { Store } from '../platform/store/port.ts'
import { Access } from './access.ts'
import { keepCode } from './access-codes/keep-code.ts'
import { codeKeyOf } from './code.ts'
import { keypadCollection } from './keypad.ts'
import { lockCollection } from './lock.ts'

export interface ChainOptions {
  readonly store: Store
  readonly clock: Clock
  /** Takes what is relayed: durable when it resolves. */
  readonly append: (events: readonly DomainEvent[]) => Promise<unknown>
  readonly provider?: PaymentProvider
  /** Whose all pods are. */
  readonly orgId?: string
}

export interface Chain {
  readonly ledger: Ledger
  readonly payments: BookingPayments
  readonly purchases: Purchases
  readonly pods: Pods
  readonly bookings: Bookings
  readonly access: Access
  readonly relay: EventRelay
  /** Doors that were told to open, by the command's id. */
  readonly opened: Set<string>
  /** What the flows do with an event: each consumer to its end. */
  take(event: DomainEvent): Promise<void>
  /** Its jobs, and what others have left to be relayed. */
  start(): void
  stop(): Promise<void>
}

export const codeKey = codeKeyOf('a secret of thirty-two characters')
const bookable = aClass({ key: 'pod', bookable: true })

/** As the tab *access* asks for them. */
const ofCodes = new Set([
  'BookingExtended',
  'BookingConfirmed',
  'BookingMoved',
  'BookingCompleted',
  'BookingCancelled',
  'BookingNoShow',
])

/** Every id is that of a pod. */
export function openChain({ append, clock, orgId = 'acme', provider, store }: ChainOptions): Chain {
  const common = { store, clock, log: silentLogger, random: () => 1 }
  const stream = {
    append: async (_: string, entries: readonly Parameters<typeof asEvent>[0][]) => {
      await append(entries.map(asEvent))
      return undefined
    },
  }
  const relay = new EventRelay({ ...common, stream })
  const jobs = openJobs({ ...common, bus: new MemoryHub().open('a') })
  const parts = { ...common, relay, jobs }
  const ledger = new Ledger(parts)
  const payments = new BookingPayments({ ...parts, ledger })
  const providers = new Map(provider === undefined ? [] : [[provider.key, provider] as const])
  const purchases = new Purchases({ ...parts, ledger, providers, pollMs: 60_000 })
  const directory = {
    lookup: (id: string) => ({ ...aRecord(bookable, aDevice({ id, classKey: 'pod' })), orgId }),
  }
  const pods = new Pods({ ...parts, directory })
  const bookings = new Bookings({ ...parts, pods, payments })
  const opened = new Set<string>()
  const commands = {
    issue: (_: string, { id }: { readonly id?: string }) => {
      opened.add(id ?? '')
      return Promise.resolve({ kind: 'wrong', path: 'action', message: 'nobody is told' } as const)
    },
    get: () => Promise.resolve(undefined),
    openOf: () => Promise.resolve([]),
    cancel: () => Promise.resolve({ kind: 'refused', refusal: 'missing' } as const),
  }
  const access = new Access({ ...parts, key: codeKey, bookings, commands, pods })
  return {
    ledger,
    payments,
    purchases,
    pods,
    bookings,
    access,
    relay,
    opened,
    async take(event) {
      await payFor(payments, event)
      await advance(bookings, event)
      if (ofCodes.has(event.type)) await keepCode(access, bookings, event)
      await creditPurchase(ledger, event)
    },
    start() {
      relay.start([bookingCollection])
      relay.start([paymentCollection])
      relay.start([purchaseCollection])
      relay.start([keypadCollection])
      relay.start([lockCollection])
      jobs.start(bookings.job)
      jobs.start(ledger.job)
      jobs.start(purchases.job)
    },
    async stop() {
      await jobs.stop()
      await relay.stop()
    },
  }
}

const asEvent = (entry: Omit<Parameters<typeof fromEntry>[0], 'deliveries' | 'offset'>): DomainEvent =>
  fromEntry({ ...entry, offset: '0', deliveries: 0 })

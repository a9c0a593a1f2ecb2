/** One organization with all of booking, access, ledger and payments, that lives through a random history. */
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { Unavailable } from '../platform/kit/unavailable.ts'
import type { Store } from '../platform/store/port.ts'
import { type VirtualClock, virtualClock } from '../platform/testing/virtual-clock.fixture.ts'
import { paymentCollection } from '../billing/booking-payment.ts'
import { purchaseCollection, type PurchaseDocument } from '../billing/purchase.ts'
import { bookingCollection } from '../booking/booking.ts'
import { podSettings } from '../booking/booking-world.fixture.ts'
import { type Chain, openChain } from './booking-chain.fixture.ts'
import { type HistoryProvider, historyProvider } from './history-provider.fixture.ts'
import { keypadCollection } from './keypad.ts'

export const historyPods = ['p1', 'p2'] as const
export const historyUsers = ['ada', 'bob'] as const
export const slotMs = 30 * 60_000
export const historyStartMs = Date.UTC(2026, 2, 2, 9)

export interface HistoryWorld {
  readonly orgId: string
  readonly clock: VirtualClock
  readonly provider: HistoryProvider
  /** Of the process that runs now. */
  chain(): Chain
  /** Bookings and purchases that were ever asked for. */
  readonly bookingIds: string[]
  readonly purchaseIds: string[]
  /** Something came of it that histories are there for. */
  note(what: string): void
  /** Takes events off the stream, the next of any subject, but each subject's in order. True while there was one. */
  deliver(isTwice: boolean): Promise<boolean>
  /** An old one comes again. */
  redeliver(): Promise<void>
  /** What is due by the clock, as jobs do it. */
  tick(): Promise<void>
  /** The process dies with what it had not brought to the stream yet, and another goes on. */
  restart(): Promise<void>
  /** The stream takes nothing until the next process. */
  loseStream(): void
  end(): Promise<void>
}

export interface HistoryOptions {
  readonly orgId: string
  readonly random: () => number
  /** How often what came of histories, of all of them together. */
  readonly seen: Map<string, number>
}

export async function openHistory(
  store: Store,
  { orgId, random, seen }: HistoryOptions,
): Promise<HistoryWorld> {
  const clock = virtualClock(historyStartMs, () => new Promise((resolve) => void setImmediate(resolve)))
  const provider = historyProvider()
  const waiting: DomainEvent[] = []
  const delivered: DomainEvent[] = []
  const bookingIds: string[] = []
  const purchaseIds: string[] = []
  let isLost = false
  const open = (): Chain =>
    openChain({
      store,
      clock,
      provider,
      orgId,
      append: (events) => {
        if (isLost) return Promise.reject(new Error('the stream is away'))
        waiting.push(...events)
        return Promise.resolve()
      },
    })
  let chain = open()
  for (const id of historyPods) {
    const saved = await chain.pods.save(orgId, id, podSettings)
    if (saved.kind !== 'saved') throw new Error(`the pod is ${saved.kind}`)
  }

  const advanceBooking = async (id: string): Promise<void> => {
    for (let more = true; more;) {
      const outcome = await chain.bookings.handle(orgId, id, { type: 'AdvanceBooking' })
      more = outcome.kind === 'done' && outcome.events.length > 0
    }
  }
  const advancePurchase = async (id: string): Promise<void> => {
    const purchases = store.organization(orgId).collection(purchaseCollection)
    const document = (await purchases.get(id))?.document
    if (document === undefined || document.dueAtMs === null || document.dueAtMs > clock.nowMs()) return
    const save = (change: (before: PurchaseDocument) => PurchaseDocument) =>
      purchases
        .update(id, change)
        .then((written) => (written.kind === 'replaced' ? written.stored.document : undefined))
    const { signal } = new AbortController()
    try {
      const next = await chain.purchases.job.run({ orgId, document, attempt: 1, signal, save })
      await purchases.update(id, (current) => next(current) ?? current)
    } catch (error) {
      // It stays due.
      if (!(error instanceof Unavailable)) throw error
    }
  }

  return {
    orgId,
    clock,
    provider,
    chain: () => chain,
    bookingIds,
    purchaseIds,
    note: (what) => void seen.set(what, (seen.get(what) ?? 0) + 1),
    async deliver(isTwice) {
      await chain.relay.whenIdle()
      const heads = [...Map.groupBy(waiting, ({ subject }) => `${subject.kind}/${subject.id}`).values()]
      const head = heads[Math.floor(random() * heads.length)]?.[0]
      if (head === undefined) return false
      await chain.take(head)
      if (isTwice) await chain.take(head)
      waiting.splice(waiting.indexOf(head), 1)
      delivered.push(head)
      return true
    },
    async redeliver() {
      const old = delivered[Math.floor(random() * delivered.length)]
      if (old !== undefined) await chain.take(old)
    },
    async tick() {
      for (const id of bookingIds) await advanceBooking(id)
      for (const id of purchaseIds) await advancePurchase(id)
    },
    async restart() {
      isLost = true
      await chain.stop()
      isLost = false
      chain = open()
      // What is left is found when it is a moment old.
      clock.turnTo(clock.nowMs() + 2000)
      chain.relay.start([bookingCollection])
      chain.relay.start([paymentCollection])
      chain.relay.start([purchaseCollection])
      chain.relay.start([keypadCollection])
      await chain.relay.whenIdle()
    },
    loseStream() {
      isLost = true
    },
    end: () => chain.stop(),
  }
}

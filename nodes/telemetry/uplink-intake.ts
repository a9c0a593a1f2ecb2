import type { Clock } from '../platform/clock.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Consumer, NewEntry, Route, Stream } from '../platform/stream/port.ts'
import type { Counts } from './counts.ts'
import { maxAheadMs, toEntryTime } from './receipt-time.ts'

/** The stream of everything that devices send. */
export const uplinkStream = 'uplink'

export interface IntakeOptions {
  readonly stream: Pick<Stream, 'append'>
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'appendDuration'>
  readonly counts: Pick<Counts, 'messagesReceived'>
  /** Runs the task at the end of the current turn of the event loop. */
  readonly defer: (task: () => void) => void
  /** How far the consumer may lag behind before acknowledgments wait for it. */
  readonly maxLag: number
  /** How long an append may wait for the consumer to finish what it has in hand. */
  readonly maxHoldMs: number
  /** How long what came first may wait for what comes next, where messages come one by one. */
  readonly lingerMs: number
  /** What is kept of what comes by a confidential route. */
  readonly conceal: (route: Route, data: Uint8Array) => Uint8Array
}

/** A device that was heard of so short a while ago may be waiting for an acknowledgment before it sends more. */
const hurryMs = 1000
/** So many share the cost of a batch well enough. */
const lingerEntries = 32

/** What an intake needs to know of whoever consumes. */
export type Pace = Pick<Consumer, 'lag' | 'whenLagAtMost'>

type Done = (error?: Error) => void

/**
 * Takes what devices send into the uplink stream and only then lets it be acknowledged.
 *
 * What arrives together becomes one append: one commit, one fsync. One append is under way at a time; what comes
 * meanwhile makes up the next. Under load it waits up to a few milliseconds for the flow to finish what it has and for
 * turns of the event loop that bring still more: a flow has the same cost for a small batch as for a large one, and so
 * has an fsync. Where messages come one by one, and often enough that waiting brings more, the first waits for others
 * too, unless one of them is from a device that may be held up by it, or an answer that somebody waits for. Otherwise
 * nothing waits. Nothing piles up beyond
 * what the devices have in flight, because nothing is acknowledged before its append, and no append is made while the
 * consumer is too far behind.
 */
export class UplinkIntake {
  readonly #options: IntakeOptions
  #entries: NewEntry[] = []
  #waiting: Done[] = []
  /** The time that each route's last message has for itself; that of the route in hand stands beside it. */
  readonly #lastMs = new WeakMap<Route, number>()
  #route: Route | undefined
  #routeLastMs = 0
  #turnMs = 0
  /** When the first of what waits came, and the first of what waited before it. */
  #sinceMs = Number.NEGATIVE_INFINITY
  #beforeMs = Number.NEGATIVE_INFINITY
  #isHurried = false
  #endLinger: (() => void) | undefined
  /** It has waited for as long as it may, and not been told to hurry. */
  #isLingered = false
  #isBusy = false
  readonly #consumers = new Set<Pace>()
  #consumer: Pace | undefined
  #idle: PromiseWithResolvers<void> | undefined

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /**
   * `done()` once it is durable. The clock is read once for all that arrives in one turn; what tells messages of one
   * device apart is in receipt-time.ts.
   */
  accept(route: Route, data: Uint8Array, done: Done): void {
    if (this.#entries.length === 0) this.#beginTurn()
    const kept = route.isConfidential === true ? this.#options.conceal(route, data) : data
    this.#entries.push({ route, atMs: this.#timeFor(route), data: kept })
    this.#waiting.push(done)
    if (route.isAwaited === true) this.#isHurried = true
    if (this.#endLinger !== undefined && !this.#mayLinger) this.#endLinger()
  }

  #beginTurn(): void {
    const { clock, defer } = this.#options
    this.#turnMs = clock.nowMs()
    this.#beforeMs = this.#sinceMs
    this.#sinceMs = clock.monotonicMs()
    if (this.#isBusy) return
    this.#isBusy = true
    defer(this.#flush)
  }

  #timeFor(route: Route): number {
    // What a connection has read comes in a row, and asking a map of each costs more than all the rest here.
    if (route !== this.#route) this.#takeInHand(route)
    const nowMs = this.#turnMs
    const aheadMs = this.#routeLastMs + 1 - nowMs
    if (aheadMs > -hurryMs) this.#isHurried = true
    // Far ahead is a clock that was set back.
    const isAhead = aheadMs > 0 && aheadMs <= maxAheadMs + 1
    this.#routeLastMs = isAhead ? nowMs + Math.min(aheadMs, maxAheadMs) : nowMs
    return isAhead ? toEntryTime(nowMs, Math.min(aheadMs, maxAheadMs)) : nowMs
  }

  #takeInHand(route: Route): void {
    if (this.#route !== undefined) this.#lastMs.set(this.#route, this.#routeLastMs)
    this.#route = route
    this.#routeLastMs = this.#lastMs.get(route) ?? 0
  }

  /** Puts something back that was received before, at the time it was received then. */
  replay(entries: readonly NewEntry[]): Promise<void> {
    return this.#options.stream.append(uplinkStream, entries)
  }

  /** Whoever consumes the stream here sets the pace, of several the slowest. The result ends it for this one. */
  pacedBy(consumer: Pace): () => void {
    this.#consumers.add(consumer)
    this.#consumer = paceOf(this.#consumers)
    return () => {
      this.#consumers.delete(consumer)
      this.#consumer = paceOf(this.#consumers)
    }
  }

  /** Resolves when the flow here has finished all that the stream holds by then; at once where none runs. */
  whenFlowCaughtUp(): Promise<void> {
    return this.#consumer?.whenLagAtMost(0) ?? Promise.resolve()
  }

  /** Resolves when nothing that was accepted waits for its append any more. */
  whenIdle(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve()
    this.#idle ??= Promise.withResolvers<void>()
    return this.#idle.promise
  }

  readonly #flush = (): void => {
    void this.#append().then(() => {
      if (this.#entries.length > 0) return this.#options.defer(this.#flush)
      this.#isBusy = false
      this.#idle?.resolve()
      this.#idle = undefined
    })
  }

  async #append(): Promise<void> {
    const { clock, counts, metrics, stream } = this.#options
    await this.#gather()
    this.#isHurried = false
    const entries = this.#entries
    const waiting = this.#waiting
    this.#entries = []
    this.#waiting = []
    const startedMs = clock.monotonicMs()
    let failure: Error | undefined
    try {
      await stream.append(uplinkStream, entries, true)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    metrics.appendDuration.observe((clock.monotonicMs() - startedMs) / 1000)
    counts.messagesReceived += entries.length
    for (const done of waiting) done(failure)
  }

  /** Waits while that makes the append larger: until the flow has finished, and as long as each turn brings more. */
  async #gather(): Promise<void> {
    const { clock, defer, lingerMs, maxHoldMs, maxLag } = this.#options
    const consumer = this.#consumer
    const endMs = clock.monotonicMs() + maxHoldMs
    if (consumer !== undefined && consumer.lag > maxLag) await consumer.whenLagAtMost(maxLag / 2)
    else if (consumer !== undefined && consumer.lag > 0) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(maxHoldMs, resolve)
        void consumer.whenLagAtMost(0).then(() => {
          cancel()
          resolve()
        })
      })
    }
    if (this.#sinceMs - this.#beforeMs <= 2 * lingerMs) await this.#linger()
    // Whatever the turns of that time have brought is there already.
    let gathered = this.#isLingered ? this.#entries.length : 0
    this.#isLingered = false
    while (this.#entries.length > gathered && clock.monotonicMs() < endMs) {
      gathered = this.#entries.length
      await new Promise<void>((resolve) => {
        defer(resolve)
      })
    }
  }

  get #mayLinger(): boolean {
    return !this.#isHurried && this.#entries.length < lingerEntries
  }

  async #linger(): Promise<void> {
    const { clock, lingerMs } = this.#options
    const leftMs = this.#sinceMs + lingerMs - clock.monotonicMs()
    if (leftMs <= 0 || !this.#mayLinger) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = clock.after(leftMs, () => {
      this.#isLingered = true
      resolve()
    })
    this.#endLinger = resolve
    await promise
    cancel()
    this.#endLinger = undefined
  }
}

function paceOf(consumers: ReadonlySet<Pace>): Pace | undefined {
  const [only] = consumers
  if (consumers.size <= 1) return only
  const all = [...consumers]
  return {
    get lag() {
      return all.reduce((lag, consumer) => Math.max(lag, consumer.lag), 0)
    },
    async whenLagAtMost(entries) {
      await Promise.all(all.map((consumer) => consumer.whenLagAtMost(entries)))
    },
  }
}

import { Batch, type BatchOwner } from './batch.ts'
import type { Merge } from './merge.ts'
import { Ownership, type OwnershipContext } from './ownership.ts'
import type { Partition } from './partition.ts'
import { type Mark, Progress, type Spans } from './progress.ts'

/** A consumer as its group sees it. */
export interface Member {
  activate(): void
  wake(): void
}

interface LagWaiter {
  readonly member: Member
  readonly entries: number
  readonly resolve: () => void
}

/**
 * A group as this instance takes part in it. Of the consumers here the first one works and the others stand by, so
 * that no two hold entries of one key; between instances the ownership of partitions sees to that.
 */
export class Group implements BatchOwner {
  readonly #context: OwnershipContext
  readonly #ownership: Ownership
  readonly #merge: Merge
  readonly #progress = new Progress()
  #members: Member[] = []
  #waiters: LagWaiter[] = []
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #fetching: Promise<void> | undefined

  constructor(context: OwnershipContext) {
    this.#context = context
    this.#merge = context.channel.merge()
    this.#ownership = new Ownership(context, {
      onGone: ({ number }) => {
        this.#merge.remove(number)
      },
      isPending: (partition) => this.#progress.isPending(partition),
      onRenewed: () => {
        if (this.#waiters.length > 0) this.#answerWaiters()
        this.wake()
      },
    })
  }

  get lag(): number {
    let lag = 0
    for (const [number, end] of this.#context.channel.ends.entries()) {
      lag += Math.max(0, end - this.#ownership.processed(number))
    }
    return lag
  }

  get active(): boolean {
    return this.#members.length > 0
  }

  /** Whether a take would bring something. */
  get hasMore(): boolean {
    const { ends } = this.#context.channel
    return this.#merge.buffered > 0 || this.#merge.needsFetch(ends) || this.#isOutOfStep
  }

  get mayHand(): boolean {
    return this.#ownership.isValid
  }

  /** Resolves once this instance takes part, and the member works or stands by. */
  async join(member: Member): Promise<void> {
    this.#members.push(member)
    this.#starting ??= this.#start()
    try {
      await this.#starting
    } catch (error) {
      this.#members = this.#members.filter((other) => other !== member)
      throw error
    }
    if (this.#members[0] === member) member.activate()
  }

  /** Resolves once others may have what this instance owned, when that was its last consumer. */
  async leave(member: Member): Promise<void> {
    const wasFirst = this.#members[0] === member
    this.#members = this.#members.filter((other) => other !== member)
    for (const waiter of this.#waiters.filter((one) => one.member === member)) waiter.resolve()
    this.#waiters = this.#waiters.filter((waiter) => waiter.member !== member)
    this.#ownership.inHand = new Set()
    const [next] = this.#members
    if (next === undefined) {
      this.#starting = undefined
      this.#stopping = this.#ownership.end()
      await this.#stopping
    } else if (wasFirst) next.activate()
  }

  wake(): void {
    this.#members[0]?.wake()
  }

  membersChanged(): void {
    this.#ownership.membersChanged()
  }

  startAfresh(): void {
    this.#ownership.startAfresh()
  }

  /** What is to be processed next, without asking the server; undefined when nothing is loaded. */
  takeLoaded(maxEntries: number): Batch | undefined {
    this.#ownership.inHand = new Set()
    if (!this.mayHand) return undefined
    this.#fallIntoStep()
    for (;;) {
      const taken = this.#merge.take(maxEntries)
      if (taken.spans.size === 0) return undefined
      this.#prefetch(maxEntries)
      const spans = new Map(
        [...taken.spans].flatMap(([number, span]) => {
          const partition = this.#ownership.partition(number)
          return partition === undefined ? [] : [[partition, span] as const]
        }),
      )
      if (taken.entries.length > 0) return new Batch(this, taken.entries, spans)
      this.processed(spans, undefined)
    }
  }

  /** What is to be processed next; undefined when nothing waits. Rejects with what the engine says. */
  async take(maxEntries: number): Promise<Batch | undefined> {
    const { ends } = this.#context.channel
    if (!this.mayHand) await this.#ownership.renew()
    this.#fallIntoStep()
    await this.#fetching
    if (this.#merge.needsFetch(ends)) await this.#merge.fetch(ends)
    return this.takeLoaded(maxEntries)
  }

  hand(partitions: Iterable<Partition>): void {
    this.#ownership.inHand = new Set(partitions)
  }

  tried(partitions: readonly Partition[]): Promise<void> {
    return this.#ownership.tried(partitions)
  }

  processed(spans: Spans, durable: Promise<void> | undefined): void {
    const mark = this.#progress.process(spans, durable === undefined)
    if (this.#waiters.length > 0) this.#answerWaiters()
    if (durable === undefined) this.#advance()
    else void this.#follow(mark, durable)
  }

  whenLagAtMost(entries: number, member: Member): Promise<void> {
    if (this.lag <= entries || !this.#members.includes(member)) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.push({ member, entries, resolve })
    })
  }

  async #start(): Promise<void> {
    await this.#stopping
    const { channel } = this.#context
    try {
      await this.#ownership.begin()
      this.#fallIntoStep()
      await channel.retry(() => this.#merge.fetch(channel.ends))
    } catch (error) {
      this.#starting = undefined
      throw error
    }
  }

  /** Whether what is read differs from what is owned, or from how far that is processed. */
  get #isOutOfStep(): boolean {
    if (this.#progress.needsRewind) return true
    return this.#ownership.partitions.some((one) => {
      const index = this.#merge.indexOf(one.number)
      return one.isWorkable ? index !== one.processed.index : index !== undefined
    })
  }

  /** Nothing may be in hand. */
  #fallIntoStep(): void {
    const rewound = this.#progress.takeRewind()
    if (rewound !== undefined) {
      this.#context.onTrouble(rewound, 'what was processed did not become durable and comes again')
    }
    for (const partition of this.#ownership.partitions) {
      const { number } = partition
      if (!partition.isWorkable) this.#merge.remove(number)
      else if (this.#merge.indexOf(number) !== partition.processed.index) {
        this.#merge.add(number, partition.processed)
      }
    }
  }

  /** While the handler works, the next rows are on their way. */
  #prefetch(maxEntries: number): void {
    const { ends } = this.#context.channel
    if (this.#fetching !== undefined || this.#merge.buffered >= maxEntries || !this.#merge.needsFetch(ends)) {
      return
    }
    this.#fetching = (async () => {
      try {
        await this.#merge.fetch(ends)
      } catch {
        // Nothing is loaded then, and the next take asks again.
      } finally {
        this.#fetching = undefined
      }
    })()
  }

  async #follow(mark: Mark, durable: Promise<void>): Promise<void> {
    try {
      await durable
      mark.isDurable = true
      this.#advance()
    } catch (error) {
      this.#progress.fail(mark, error instanceof Error ? error : new Error(String(error)))
      this.wake()
    }
  }

  #advance(): void {
    if (this.#progress.advance()) this.#ownership.commitSoon()
  }

  #answerWaiters(): void {
    const { lag } = this
    for (const waiter of this.#waiters.filter(({ entries }) => lag <= entries)) waiter.resolve()
    this.#waiters = this.#waiters.filter(({ entries }) => lag > entries)
  }
}

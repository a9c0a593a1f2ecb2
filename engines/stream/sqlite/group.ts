import { Deliveries } from '../shared/deliveries.ts'
import type { Trial } from '../shared/trial.ts'

/** A consumer as its group sees it. */
export interface Member {
  activate(): void
  wake(): void
}

interface Mark {
  readonly from: number
  to: number
  readonly durable: Promise<void> | undefined
  done: boolean
}

interface LagWaiter {
  readonly member: Member
  readonly entries: number
  readonly resolve: () => void
}

export interface GroupEvents {
  /** More can be written to disk than is. */
  readonly onDurable: (group: Group) => void
  readonly onProcessed: () => void
  /** The trial has changed, and is to be kept. */
  readonly onTried: (group: Group) => void
}

/** Where a group begins in this process. */
export interface GroupStart {
  readonly committed: number
  readonly trial: Trial
}

/**
 * A group's place in the log, which outlives its consumers. What is processed moves on at once, what is durable
 * follows in order, and `committed` is what the file says.
 */
export class Group {
  readonly name: string
  readonly deliveries = new Deliveries()
  readonly trial: Trial
  processed: number
  durable: number
  committed: number
  readonly #events: GroupEvents
  readonly #head: () => number
  #marks: Mark[] = []
  #members: Member[] = []
  #waiters: LagWaiter[] = []
  #rewind: { readonly to: number; readonly error: Error } | undefined

  constructor(name: string, { committed, trial }: GroupStart, head: () => number, events: GroupEvents) {
    this.name = name
    this.trial = trial
    for (const { from, to, times } of trial.suspects)
      for (let time = 0; time < times; time += 1) this.deliveries.note(from, to)
    this.processed = committed
    this.durable = committed
    this.committed = committed
    this.#head = head
    this.#events = events
  }

  get lag(): number {
    return this.#head() - this.processed
  }

  get active(): boolean {
    return this.#members.length > 0
  }

  /** The first member works; the others stand by, so that no two ever hold entries of one key. */
  join(member: Member): void {
    this.#members.push(member)
    if (this.#members[0] === member) member.activate()
  }

  leave(member: Member): void {
    const first = this.#members[0]
    this.#members = this.#members.filter((other) => other !== member)
    for (const waiter of this.#waiters.filter((one) => one.member === member)) waiter.resolve()
    this.#waiters = this.#waiters.filter((waiter) => waiter.member !== member)
    if (first === member) this.#members[0]?.activate()
  }

  wake(): void {
    this.#members[0]?.wake()
  }

  /** Without a promise it is durable already. */
  process(from: number, to: number, durable?: Promise<void>): void {
    const mark = this.#markTo(from, to, durable)
    this.processed = to
    if (!this.deliveries.none) this.deliveries.forgetBefore(to)
    if (this.#waiters.length > 0) this.#answerWaiters()
    this.#events.onProcessed()
    if (durable === undefined) this.#advance()
    else if (mark !== undefined) void this.#follow(mark)
  }

  /** Undefined when the last one goes on to there: hundreds of batches may wait for one promise. */
  #markTo(from: number, to: number, durable: Promise<void> | undefined): Mark | undefined {
    const last = this.#marks.at(-1)
    if (last !== undefined && !last.done && last.durable === durable) {
      last.to = to
      return undefined
    }
    const mark = { from, to, durable, done: durable === undefined }
    this.#marks.push(mark)
    return mark
  }

  /** Goes back to what was processed but will not become durable; returns why, or undefined when nothing is amiss. */
  takeRewind(): Error | undefined {
    if (this.#rewind === undefined) return undefined
    const { to, error } = this.#rewind
    this.#rewind = undefined
    this.#marks = this.#marks.filter((mark) => mark.from < to)
    this.deliveries.note(to, this.processed)
    this.processed = to
    return error
  }

  tried(): void {
    this.#events.onTried(this)
  }

  whenLagAtMost(entries: number, member: Member): Promise<void> {
    if (this.lag <= entries || !this.#members.includes(member)) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.push({ member, entries, resolve })
    })
  }

  async #follow(mark: Mark): Promise<void> {
    try {
      await mark.durable
      mark.done = true
      this.#advance()
    } catch (error) {
      if (!this.#marks.includes(mark) || (this.#rewind !== undefined && this.#rewind.to <= mark.from)) return
      this.#rewind = { to: mark.from, error: error instanceof Error ? error : new Error(String(error)) }
      this.wake()
    }
  }

  #advance(): void {
    const before = this.durable
    while (this.#marks[0]?.done === true) this.durable = this.#marks.shift()?.to ?? this.durable
    if (this.durable > before) this.#events.onDurable(this)
  }

  #answerWaiters(): void {
    const { lag } = this
    for (const waiter of this.#waiters.filter(({ entries }) => lag <= entries)) waiter.resolve()
    this.#waiters = this.#waiters.filter(({ entries }) => lag > entries)
  }
}

import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'
import { backoffMs } from '../backoff.ts'
import { type Answer, ChildEvaluator, type TurnEvaluator } from './child-evaluator.ts'
import { answerWithinMs, forgetAfterMs, heapMb } from './limits.ts'
import type { Result, Turn } from './protocol.ts'
import { type Owner, Suspensions } from './suspensions.ts'
import { Turns } from './turns.ts'

/** Two, so that an organization that overruns does not keep the others waiting. */
const maxEvaluators = 2
const restart = { firstMs: 100, lastMs: 5000 }
const lookForRoomMs = 5

export type Evaluated =
  /** As JSON; absent when the expression gives nothing. */
  | { readonly kind: 'value'; readonly text?: string }
  | {
      readonly kind: 'fault'
      readonly reason: 'decode-failed' | 'expression-limit' | 'expression-suspended'
      readonly detail: string
    }

export interface ExpressionTask {
  readonly owner: Owner
  readonly source: string
  /** The input, as JSON. */
  readonly text: string
  readonly isCancelled?: () => boolean
  readonly done: (evaluated: Evaluated) => void
}

export interface ExpressionPool {
  isSuspended(owner: Owner): boolean
  /** Evaluates what an organization gives in the order in which it gives it. */
  submit(task: ExpressionTask): void
  /** Whether the organization may have more waiting; waits for that, unless it has been too much for it already. */
  hasRoom(orgId: string): boolean
  whenRoom(orgId: string, withinMs: number): Promise<boolean>
  /** Classes and organizations, for people; told of changes until the result is called. */
  readonly suspended: readonly string[]
  onSuspension(listener: () => void): () => void
}

export interface PoolParts {
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly evaluator?: () => TurnEvaluator
}

interface Waiting extends ExpressionTask {
  readonly orgId: string
  /** How often a process has ended over it alone, for no certain reason. */
  ends: number
  /** Not to share a turn again: somebody in its last one has overrun. */
  isSuspect: boolean
}

interface Seat {
  readonly evaluator: TurnEvaluator
  isBusy: boolean
  hasSuspect: boolean
  losses: number
}

const endedDetail = 'the process that evaluates ended whenever this was its turn'
const detailOf = {
  time: `the expression takes longer than ${answerWithinMs} ms`,
  memory: `the expression takes more than ${heapMb} MB of memory`,
} as const
export const suspendedDetail = 'the expression of this device class overran again and again'

/** Evaluates expressions of tenants, in processes that are started when there is something to evaluate. */
export class SharedExpressionPool implements ExpressionPool {
  readonly #parts: PoolParts
  readonly #turns = new Turns<Waiting>()
  readonly #suspensions: Suspensions
  readonly #seats: Seat[] = []
  readonly #listeners = new Set<() => void>()
  readonly #overfull = new Set<string>()
  readonly #timers = new Set<() => void>()
  #overruns = 0
  #isClosed = false
  #isFilling = false

  constructor(parts: PoolParts) {
    this.#parts = parts
    this.#suspensions = new Suspensions(
      () => parts.clock.monotonicMs(),
      () => this.#tell(),
    )
  }

  /** Evaluations that were cut off. */
  get overruns(): number {
    return this.#overruns
  }

  get waiting(): number {
    return this.#turns.size
  }

  get suspended(): readonly string[] {
    return this.#suspensions.all
  }

  onSuspension(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  isSuspended(owner: Owner): boolean {
    return this.#suspensions.isSuspended(owner)
  }

  submit(task: ExpressionTask): void {
    this.#turns.add({ ...task, orgId: task.owner.orgId, ends: 0, isSuspect: false })
    if (this.#isFilling) return
    this.#isFilling = true
    // What a batch brings makes up turns together.
    queueMicrotask(() => {
      this.#isFilling = false
      this.#fillSeats()
    })
  }

  hasRoom(orgId: string): boolean {
    return this.#turns.hasRoom(orgId)
  }

  async whenRoom(orgId: string, withinMs: number): Promise<boolean> {
    const { clock } = this.#parts
    const endMs = clock.monotonicMs() + withinMs
    while (!this.#turns.hasRoom(orgId)) {
      if (this.#isStillOverfull(orgId)) return false
      if (clock.monotonicMs() >= endMs) {
        this.#overfull.add(orgId)
        return false
      }
      await new Promise<void>((resolve) => void clock.after(lookForRoomMs, resolve))
    }
    return true
  }

  close(): void {
    this.#isClosed = true
    for (const cancel of this.#timers) cancel()
    for (const { evaluator } of this.#seats) evaluator.close()
  }

  /** Nobody waits for it a second time before it has caught up by half. */
  #isStillOverfull(orgId: string): boolean {
    if (this.#turns.isHalfEmpty(orgId)) this.#overfull.delete(orgId)
    return this.#overfull.has(orgId)
  }

  #fillSeats(): void {
    while (!this.#isClosed) {
      const free = this.#seats.find(({ isBusy }) => !isBusy)
      if (free === undefined && this.#seats.length >= maxEvaluators) return
      // Suspects share one seat, so that the other is there for everybody else.
      const isTaken = this.#seats.some(({ hasSuspect }) => hasSuspect)
      const turn = this.#turns.next(this.#isSuspect, (item) => !isTaken || !this.#isSuspect(item))
      const [first] = turn
      if (first === undefined) return
      const seat = free ?? this.#newSeat()
      seat.isBusy = true
      seat.hasSuspect = this.#isSuspect(first)
      void this.#evaluate(seat, turn)
    }
  }

  readonly #isSuspect = (item: Waiting): boolean => item.isSuspect || this.#suspensions.isSuspect(item.owner)

  #newSeat(): Seat {
    const { clock, evaluator = () => new ChildEvaluator(clock) } = this.#parts
    const seat: Seat = { evaluator: evaluator(), isBusy: false, hasSuspect: false, losses: 0 }
    this.#seats.push(seat)
    return seat
  }

  async #evaluate(seat: Seat, turn: readonly Waiting[]): Promise<void> {
    const dropped = this.#dropped(turn)
    if (dropped > 0) {
      // Thousands may follow one another here, which is too deep for one call in the other.
      await Promise.resolve()
      return this.#free(seat, turn, dropped)
    }
    const answer = await seat.evaluator.evaluate(toTurn(turn))
    if (this.#isClosed) return
    if (answer.kind === 'done') {
      seat.losses = 0
      const { results } = answer
      for (const [index, result] of results.entries()) this.#settle(turn[index], result)
      return this.#free(seat, turn, results.length)
    }
    if (answer.kind !== 'overran') {
      this.#parts.log.warn({ answer: answer.kind }, 'a process that evaluates expressions is started again')
      await this.#pause(backoffMs(seat.losses, restart, this.#parts.random()))
      seat.losses += 1
    }
    this.#free(seat, turn, this.#convicted(turn, answer) ? 1 : 0)
  }

  /** What was cancelled or suspended while it waited, of the first items. */
  #dropped(turn: readonly Waiting[]): number {
    const index = turn.findIndex(
      ({ isCancelled, owner }) => isCancelled?.() !== true && !this.isSuspended(owner),
    )
    const dropped = index === -1 ? turn : turn.slice(0, index)
    for (const { done } of dropped)
      done({ kind: 'fault', reason: 'expression-suspended', detail: suspendedDetail })
    return dropped.length
  }

  /** Whether it is known to be the first one's fault. Of several nobody knows: each gets a turn of its own. */
  #convicted(turn: readonly Waiting[], answer: Exclude<Answer, { kind: 'done' }>): boolean {
    const [first] = turn
    if (first === undefined || answer.kind === 'not-started') return false
    for (const item of turn) item.isSuspect = true
    if (turn.length > 1) return false
    // What was in memory before it may have been the reason.
    first.ends += 1
    if (answer.kind !== 'overran' || answer.limit === 'memory') {
      if (first.ends < 2) return false
    }
    const detail = answer.kind === 'lost' ? endedDetail : detailOf[answer.limit]
    this.#settle(first, { kind: 'limit', detail, isCostly: true })
    return true
  }

  #settle(item: Waiting | undefined, result: Result): void {
    if (item === undefined) return
    if (result.kind === 'value') return item.done(result)
    const reason = result.kind === 'limit' ? 'expression-limit' : 'decode-failed'
    item.done({ kind: 'fault', reason, detail: result.detail })
    if (result.kind === 'limit' && result.isCostly) this.#overran(item.owner)
  }

  #overran(owner: Owner): void {
    this.#overruns += 1
    const suspended = this.#suspensions.overran(owner)
    if (suspended === undefined) return
    const { clock, log } = this.#parts
    log.warn(
      { orgId: owner.orgId, classKey: owner.classKey, suspended },
      'expressions overran again and again and are suspended',
    )
    this.#tell()
    const cancel = clock.after(forgetAfterMs, () => {
      this.#timers.delete(cancel)
      this.#tell()
    })
    this.#timers.add(cancel)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #free(seat: Seat, turn: readonly Waiting[], done: number): void {
    this.#turns.over(turn, done)
    seat.isBusy = false
    seat.hasSuspect = false
    this.#fillSeats()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(ms, resolve))
  }
}

function toTurn(items: readonly Waiting[]): Turn {
  const sources = [...new Set(items.map(({ source }) => source))]
  return { sources, items: items.map(({ source, text }) => ({ source: sources.indexOf(source), text })) }
}

/** The tail that is being filled, and those that are on their way to disk. */
import type { SeriesReading } from '../../../nodes/platform/series/port.ts'
import type { TailJob } from './protocol.ts'
import { SeriesLookup } from './registry.ts'
import type { Registry } from './registry.ts'
import { Tail } from './tail.ts'
import type { Receipt } from './tail.ts'

export interface TailSettings {
  readonly tailRows: number
  readonly tailMaxAgeMs: number
  readonly maxSealedTails: number
  readonly now: () => number
}

const NOTHING_TO_WRITE: Receipt = { durable: Promise.resolve() }

export class Tails {
  readonly #settings: TailSettings
  readonly #registry: Registry
  readonly #lookup: SeriesLookup
  readonly #write: (job: TailJob) => void
  #current: Tail
  /** Oldest first. */
  readonly #sealed: Tail[] = []
  readonly #free: Tail[] = []
  #nextTail: number
  #sealSoon = false
  #timer: NodeJS.Timeout | undefined
  #room = Promise.withResolvers<void>()
  #waiting = 0
  #lastTurn: Promise<void> = Promise.resolve()
  #closed = false

  constructor(settings: TailSettings, registry: Registry, lastTail: number, write: (job: TailJob) => void) {
    this.#settings = settings
    this.#registry = registry
    this.#lookup = new SeriesLookup(registry)
    this.#nextTail = lastTail + 1
    this.#write = write
    this.#current = new Tail(settings.tailRows)
  }

  get rows(): number {
    return this.#sealed.reduce((sum, tail) => sum + tail.rows, this.#current.rows)
  }

  /** Of the tails that came after this one. */
  rowsAfter(tail: number): number {
    return this.all.reduce((sum, one) => sum + ((one.job?.tail ?? Infinity) > tail ? one.rows : 0), 0)
  }

  /** Oldest first. */
  get all(): readonly Tail[] {
    return [...this.#sealed, this.#current]
  }

  async append(readings: readonly SeriesReading[]): Promise<Receipt> {
    if (this.#closed) throw new Error('The series store is closed')
    check(readings)
    // Who comes later must not overtake: the first value stays.
    const next = this.#waiting === 0 ? this.#fill(readings, 0) : 0
    return next === readings.length ? this.#filled() : await this.#appendInTurn(readings, next)
  }

  /** Of the reading that arrived first. */
  rawValue(series: number, ts: number): number | undefined {
    for (const tail of this.#sealed) {
      const value = tail.rawValue(series, ts)
      if (value !== undefined) return value
    }
    return this.#current.rawValue(series, ts)
  }

  /** Forgets a series' newest reading as far as it is not in a tail. */
  forgetNewest(series: number): void {
    const { newest } = this.#registry
    newest.forget(series)
    for (const tail of this.all) tail.offerNewest(series, newest)
  }

  forgetDevices(): void {
    this.#lookup.forget()
  }

  /** Everything appended so far is written as soon as can be; returns the number of the last tail it is in. */
  sealAll(): number {
    if (this.#current.rows === 0) return this.#nextTail - 1
    const tail = this.#nextTail
    if (!this.#seal()) this.#sealSoon = true
    return tail
  }

  async flush(): Promise<void> {
    const last = this.#current.rows > 0 ? this.#current : this.#sealed.at(-1)
    const durable = last?.receipt.durable
    this.sealAll()
    await durable
  }

  written(tail: number): void {
    const [oldest] = this.#sealed
    if (oldest?.job?.tail !== tail) return
    this.#sealed.shift()
    oldest.written()
    oldest.clear()
    this.#free.push(oldest)
    if (this.#sealSoon || this.#current.rows === this.#settings.tailRows) this.#seal()
    this.#room.resolve()
    this.#room = Promise.withResolvers<void>()
  }

  /** Returns how many readings could not be written in time. */
  async close(timeoutMs: number): Promise<number> {
    this.#closed = true
    clearTimeout(this.#timer)
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(() => timeout.resolve(), timeoutMs)
    await Promise.race([this.flush(), timeout.promise])
    clearTimeout(timer)
    this.#room.resolve()
    return this.rows
  }

  giveUp(error: Error): void {
    for (const tail of this.all) tail.lost(error)
  }

  #fill(readings: readonly SeriesReading[], from: number): number {
    const { tailRows, tailMaxAgeMs } = this.#settings
    let next = from
    while (next < readings.length) {
      if (this.#current.rows === tailRows && !this.#seal()) break
      next = this.#current.append(readings, next, this.#registry, this.#lookup)
    }
    if (this.#timer === undefined && this.#current.rows > 0)
      this.#timer = setTimeout(() => this.#aged(), tailMaxAgeMs)
    return next
  }

  /** Of what was appended last. */
  #filled(): Receipt {
    const { receipt } = this.#current
    if (this.#current.rows === 0) return this.#sealed.at(-1)?.receipt ?? NOTHING_TO_WRITE
    if (this.#current.rows === this.#settings.tailRows) this.#seal()
    return receipt
  }

  async #appendInTurn(readings: readonly SeriesReading[], from: number): Promise<Receipt> {
    const before = this.#lastTurn
    const turn = Promise.withResolvers<void>()
    this.#lastTurn = turn.promise
    this.#waiting++
    try {
      await before
      for (let next = this.#fill(readings, from); next < readings.length; next = this.#fill(readings, next)) {
        await this.#room.promise
        if (this.#closed) throw new Error('The series store is closed')
      }
      return this.#filled()
    } finally {
      this.#waiting--
      turn.resolve()
    }
  }

  #aged(): void {
    this.#timer = undefined
    if (this.#current.rows === 0) return
    // While the writer is behind, filling this one up is better than queueing small ones.
    if (this.#sealed.length > 0) this.#sealSoon = true
    else this.#seal()
  }

  #seal(): boolean {
    if (this.#sealed.length >= this.#settings.maxSealedTails) return false
    const tail = this.#current
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sealSoon = false
    const job: TailJob = {
      kind: 'tail',
      tail: this.#nextTail++,
      rows: tail.rows,
      columns: tail.columns,
      newSeries: this.#registry.takeCreated(),
      atMs: this.#settings.now(),
    }
    tail.job = job
    this.#sealed.push(tail)
    this.#current = this.#free.pop() ?? new Tail(this.#settings.tailRows)
    this.#write(job)
    return true
  }
}

function check(readings: readonly SeriesReading[]): void {
  for (const { ts, port } of readings) {
    if (!Number.isSafeInteger(ts)) throw new RangeError(`A reading's ts must be a whole number of ms: ${ts}`)
    if (!Number.isSafeInteger(port)) throw new RangeError(`A reading's port must be a whole number: ${port}`)
  }
}

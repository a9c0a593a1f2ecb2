import type { Work, WorkTrial } from '../../../nodes/platform/stream/attempts.ts'
import type { Span } from './merge.ts'
import type { Partition } from './partition.ts'
import type { Spans } from './progress.ts'
import type { RedisEntry } from './row.ts'

/** What a batch tells its group. */
export interface BatchOwner {
  /** False while somebody else may own everything. */
  readonly mayHand: boolean
  /** These partitions are being handed over, and no others. */
  hand(partitions: Iterable<Partition>): void
  processed(spans: Spans, durable: Promise<void> | undefined): void
  /** The trials of these partitions have changed, and are to be kept. */
  tried(partitions: readonly Partition[]): Promise<void>
}

/** Entries of several partitions; those of a partition that is lost or leaving drop out before they are handed again. */
export class Batch implements Work {
  readonly #owner: BatchOwner
  #entries: readonly RedisEntry[]
  #spans: Spans

  constructor(owner: BatchOwner, entries: readonly RedisEntry[], spans: Spans) {
    this.#owner = owner
    this.#entries = entries
    this.#spans = spans
  }

  entries(): readonly RedisEntry[] {
    if (!this.#owner.mayHand) return []
    if (this.#spans.entries().some(([partition, span]) => !isNext(partition, span))) this.#dropOthers()
    this.#owner.hand(this.#spans.keys())
    if (this.#spans.keys().every(({ deliveries }) => deliveries.none)) return this.#entries
    const byNumber = new Map(this.#spans.keys().map((partition) => [partition.number, partition]))
    return this.#entries.map((entry) =>
      entry.redelivered(byNumber.get(entry.partition)?.deliveries.count(entry.index) ?? 0),
    )
  }

  processed(durable?: Promise<void>): void {
    this.#owner.processed(this.#spans, durable)
  }

  returned(): void {
    for (const [{ deliveries }, { from, to }] of this.#spans) deliveries.note(from.index, to.index)
  }

  trial(): WorkTrial | undefined {
    const careful = [...this.#spans].filter(([{ trial }, { from }]) => from.index < trial.carefulTo)
    if (careful.length === 0) return undefined
    const partitions = careful.map(([partition]) => partition)
    const [first] = this.#entries
    const own = partitions.find(({ number }) => number === first?.partition)
    return {
      isSuspect: careful.some(([{ trial }, { from, to }]) => trial.isSuspect(from.index, to.index)),
      endsAlone: first === undefined ? 0 : (own?.trial.endsAlone(first.index) ?? 0),
      begin: () => {
        const isAlone = this.#entries.length === 1
        for (const [{ trial }, { from, to }] of careful) trial.begin(from.index, to.index, isAlone)
        return this.#owner.tried(partitions)
      },
      end: () => {
        for (const { trial } of partitions) trial.end()
        return this.#owner.tried(partitions)
      },
    }
  }

  halves(): readonly [Batch, Batch] {
    const middle = Math.ceil(this.#entries.length / 2)
    const [front, back] = [this.#entries.slice(0, middle), this.#entries.slice(middle)]
    const lastInFront = new Map(front.map((entry) => [entry.partition, entry]))
    const first = new Map<Partition, Span>()
    const second = new Map<Partition, Span>()
    for (const [partition, { from, to }] of this.#spans) {
      const last = lastInFront.get(partition.number)
      const border = last === undefined ? from : { index: last.index + 1, row: last.row }
      if (last !== undefined) first.set(partition, { from, to: border })
      if (border.index < to.index) second.set(partition, { from: border, to })
    }
    return [new Batch(this.#owner, front, first), new Batch(this.#owner, back, second)]
  }

  #dropOthers(): void {
    this.#spans = new Map([...this.#spans].filter(([partition, span]) => isNext(partition, span)))
    const left = new Set(this.#spans.keys().map(({ number }) => number))
    this.#entries = this.#entries.filter(({ partition }) => left.has(partition))
  }
}

/** Whether these are the entries that the partition is to process now, here: not after any that were dropped. */
function isNext(partition: Partition, { from }: Span): boolean {
  return partition.isWorkable && partition.processed.index === from.index
}

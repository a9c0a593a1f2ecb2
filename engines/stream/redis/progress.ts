import type { Span } from './merge.ts'
import type { Partition, Place } from './partition.ts'

/** For each partition of a batch, from where to where its place moves. */
export type Spans = ReadonlyMap<Partition, Span>

/** A batch that was processed, on its way to become durable. */
export interface Mark {
  readonly spans: Spans
  isDurable: boolean
}

/** What was processed here, in order; it becomes durable in that order, whichever partitions it is of. */
export class Progress {
  #marks: Mark[] = []
  #failed: { readonly mark: Mark; readonly error: Error } | undefined

  get needsRewind(): boolean {
    return this.#failed !== undefined
  }

  process(spans: Spans, isDurable: boolean): Mark {
    const mark = { spans, isDurable }
    this.#marks.push(mark)
    for (const [partition, { to }] of spans) {
      partition.processed = to
      if (!partition.deliveries.none) partition.deliveries.forgetBefore(to.index)
    }
    return mark
  }

  /** Moves the durable places on; returns whether there is something to tell the server. */
  advance(): boolean {
    let isDirty = false
    while (this.#marks[0]?.isDurable === true) {
      for (const [partition, { to }] of this.#marks.shift()?.spans ?? []) {
        partition.durable = to
        isDirty ||= partition.isDirty
      }
    }
    return isDirty
  }

  /** Something of this partition waits to become durable. */
  isPending(partition: Partition): boolean {
    return this.#marks.some(({ spans }) => spans.has(partition))
  }

  /** A batch did not become durable: it is to come again, and what followed it. */
  fail(mark: Mark, error: Error): void {
    const at = this.#marks.indexOf(mark)
    if (at === -1 || (this.#failed !== undefined && this.#marks.indexOf(this.#failed.mark) <= at)) return
    this.#failed = { mark, error }
  }

  /** Goes back to what {@link fail} asked for; returns why, or undefined when nothing is amiss. */
  takeRewind(): Error | undefined {
    if (this.#failed === undefined) return undefined
    const { mark, error } = this.#failed
    this.#failed = undefined
    const undone = this.#marks.splice(this.#marks.indexOf(mark))
    const back = new Map<Partition, Place>()
    for (const { spans } of undone) {
      for (const [partition, { from }] of spans) if (!back.has(partition)) back.set(partition, from)
    }
    for (const [partition, place] of back) {
      partition.deliveries.note(place.index, partition.processed.index)
      partition.processed = place
    }
    return error
  }
}

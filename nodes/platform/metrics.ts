import type { NodeCounters } from './kit/status.ts'

/** Counters of the hot path: plain numbers, added to per batch and read when Prometheus scrapes. */
export interface IngestCounters {
  messagesReceived: number
  messagesProcessed: number
  messagesReplayed: number
  readingsStored: number
  readingsRepeated: number
  deadLetters: number
  /** Too old, or too many. */
  deadLettersDropped: number
  publishesRefused: number
  /** Evaluations of expressions that were cut off: time or memory. */
  expressionOverruns: number
}

export interface Metrics {
  readonly ingest: IngestCounters
  /** Age of readings (now − ts) at the moment they can be read from the store. */
  readonly readingAge: LatencyHistogram
  /** Receive → durable in the stream, for each batch. */
  readonly appendDuration: LatencyHistogram
  /** Shows a node's counters by type; the result takes them out again. */
  registerNode(counters: NodeCounters): () => void
}

/** A histogram with fixed boundaries whose cost is an array increment. */
export class LatencyHistogram {
  /** Upper bounds in milliseconds, ascending; the last bucket is +Inf. */
  static readonly boundsMs: readonly number[] = [
    1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000,
  ]
  readonly counts = new Float64Array(LatencyHistogram.boundsMs.length + 1)
  sumMs = 0
  total = 0

  observe(ms: number, times = 1): void {
    const bounds = LatencyHistogram.boundsMs
    let bucket = 0
    while (bucket < bounds.length && ms > (bounds[bucket] ?? Infinity)) bucket += 1
    this.counts[bucket] = (this.counts[bucket] ?? 0) + times
    this.sumMs += ms * times
    this.total += times
  }
}

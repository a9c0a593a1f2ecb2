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

/** An observation costs too much to be made of every message. */
export interface SecondsHistogram {
  observe(seconds: number): void
}

export interface Metrics {
  readonly ingest: IngestCounters
  /** Age (now − ts) of every tenth reading at the moment when it can be read. */
  readonly readingAge: SecondsHistogram
  /** Receive → durable in the stream, for each batch. */
  readonly appendDuration: SecondsHistogram
  /** Shows a node's counters by type; the result takes them out again. */
  registerNode(counters: NodeCounters): () => void
}

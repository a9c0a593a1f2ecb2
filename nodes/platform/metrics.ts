import type { NodeCounters } from './kit/status.ts'

/** An observation costs too much to be made of every message. */
export interface SecondsHistogram {
  observe(seconds: number): void
}

export interface Metrics {
  /** Age (now − ts) of every 25th reading at the moment when it can be read. */
  readonly readingAge: SecondsHistogram
  /** Receive → durable in the stream, for each batch. */
  readonly appendDuration: SecondsHistogram
  /** Shows a node's counters by type; the result takes them out again. */
  registerNode(counters: NodeCounters): () => void
}

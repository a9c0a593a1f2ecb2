import type { NodeCounters } from './kit/status.ts'

/** An observation costs too much to be made of every message. */
export interface SecondsHistogram {
  observe(seconds: number): void
}

/** A figure that is asked for when somebody looks at the metrics. */
export interface Figure {
  /** What only grows is a counter, and its name ends in `_total`. Default `gauge`. */
  readonly kind?: 'counter' | 'gauge'
  /** `fleetloom_…`, with its unit. */
  readonly name: string
  readonly help: string
  readonly read: () => number | Promise<number>
}

export interface Metrics {
  /** Age (now − ts) of every 25th reading at the moment when it can be read. */
  readonly readingAge: SecondsHistogram
  /** Receive → durable in the stream, for each batch. */
  readonly appendDuration: SecondsHistogram
  /** Shows a node's counters by type; the result takes them out again. */
  registerNode(counters: NodeCounters): () => void
}

/** What whoever opens the process has of them. */
export interface PlatformMetrics extends Metrics {
  /** A figure that is asked for when Prometheus scrapes. */
  gauge(name: string, help: string, read: Figure['read']): void
  /** One that a domain shows. */
  figure(figure: Figure): void
  /** The exposition text. */
  render(): Promise<string>
  readonly contentType: string
}

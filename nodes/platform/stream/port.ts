/**
 * The stream port: a durable, replayable log with consumer groups (Redis Streams, or SQLite in the process).
 *
 * Order holds per partition key: entries of one key are handed to one consumer at a time, in the order in which they
 * were appended. Delivery is at least once: what is not acknowledged comes again, after a crash from the last durable
 * acknowledgment, after `Consumer.close` or a failure at once.
 */

/** Where an entry comes from. Producers reuse one object per source, so that adapters can cache its encoding. */
export interface Route {
  readonly orgId: string
  /** Partition key: the device id for uplinks, the aggregate's id for domain events. */
  readonly key: string
  /** What it is: the MQTT topic for uplinks, the event's name for domain events. */
  readonly type: string
  /** What comes from there may hold what nobody is to read: it is concealed before it is kept. */
  readonly isConfidential?: true
  /** Somebody waits for what comes from there: it is not kept waiting for others. */
  readonly isAwaited?: true
}

/** Belongs to the stream once appended: nobody may change the bytes any more. */
export interface NewEntry {
  readonly route: Route
  /** When it was received or happened, epoch milliseconds. */
  readonly atMs: number
  readonly data: Uint8Array
}

export interface Entry extends NewEntry {
  /** Grows along the stream; opaque but for comparison within one stream by `compareOffsets` (offset.ts). */
  readonly offset: string
  /**
   * How often this entry was handed out before and not acknowledged; 0 the first time. After a restart only those times
   * count in which it may have ended the process.
   */
  readonly deliveries: number
}

/** What became of a batch that was handed to a consumer. */
export type Handled =
  /**
   * Everything was processed and the next batch may come. `durable` resolves when its effects would survive a crash:
   * only then does the group's place in the log move on for good, so that a crash before it brings the batch back.
   * Should it reject, the group goes back to this batch at once; what came after it comes again as well.
   */
  | { readonly kind: 'processed'; readonly durable: Promise<void> }
  /** The world's failure (a store that is down): the same batch comes again, with backoff, for as long as it takes. */
  | { readonly kind: 'unavailable'; readonly error: Error }
  /** Something in the batch cannot be processed: the culprit is isolated, tried again, and at last abandoned. */
  | { readonly kind: 'failed'; readonly error: Error }

export interface ConsumeOptions {
  readonly stream: string
  readonly group: string
  /** Where a group that has never consumed begins. */
  readonly startAt: 'beginning' | 'end'
  /** A batch is what is waiting, up to this many entries; there is no waiting for a batch to fill. */
  readonly maxEntries: number
  /** One call at a time for each consumer: the next batch follows when the promise has settled. Must not reject. */
  readonly handle: (entries: readonly Entry[]) => Promise<Handled>
  /** When the handler can begin at once: until then a batch does not count as tried should the process end. */
  readonly whenReady?: () => Promise<void>
  /**
   * Tries before an entry that fails by itself is abandoned. Default 5. One that ends the process is abandoned after
   * three ends in which it alone was in work, or fewer where fewer tries are allowed.
   */
  readonly maxDeliveries?: number
  /** Takes a poison entry (to the dead letters); resolves when that is durable. If it rejects, it is tried again. */
  readonly abandon: (entry: Entry, error: Error) => Promise<void>
}

export interface Consumer {
  /** Entries appended but not processed by this group yet. */
  readonly lag: number
  /** Resolves when the lag is at or below `entries`, at once if it is; also when this consumer closes. */
  whenLagAtMost(entries: number): Promise<void>
  /**
   * Lets the batch in hand finish or, past `graceMs` (default 10 s), forgets it: it will come again, whatever its
   * handler still says. Others of the group go on.
   */
  close(graceMs?: number): Promise<void>
}

export interface ReadOptions {
  /** Inclusive. Default: the oldest entry that is kept. */
  readonly fromOffset?: string
  /** Inclusive. */
  readonly fromMs?: number
  /** Exclusive. */
  readonly toMs?: number
  readonly orgId?: string
  readonly key?: string
}

export interface StreamStatistics {
  readonly entries: number
  readonly bytes: number
  readonly oldestMs: number | undefined
}

export interface Stream {
  /**
   * Resolves once all entries are durable, in this order; rejects when that is not known of them, and the caller should
   * send them again. Consumers may get them a moment before it resolves. While the engine is locked, full or
   * away it keeps trying (first come, first served) and neither resolves nor rejects.
   * @param isWholeTurn the caller has collected what the turn brought: there is nothing to wait for before the commit
   */
  append(stream: string, entries: readonly NewEntry[], isWholeTurn?: boolean): Promise<void>
  /** Several consumers of one group share its partitions; each entry goes to one of them. */
  consume(options: ConsumeOptions): Promise<Consumer>
  /**
   * For replay and inspection: what is kept, in order, in batches, up to where the stream ends when reading begins,
   * without touching any group. Rejects with a RangeError when `fromOffset` is none.
   */
  read(stream: string, options?: ReadOptions): AsyncIterable<readonly Entry[]>
  /** Removes what is older than `beforeMs` and durably processed by every group; returns how many entries went. */
  trim(stream: string, beforeMs: number): Promise<number>
  /**
   * Drops a group's place, so that one that is not used any more stops holding up {@link trim}; false when there was
   * none. Rejects while the group has consumers.
   */
  forgetGroup(stream: string, group: string): Promise<boolean>
  statistics(stream: string): Promise<StreamStatistics>
  /**
   * Entries appended and not durably processed by the group, in whatever process it consumes. For a group that has
   * never consumed: all that is kept. A moment late, which is good enough for pacing producers and for autoscaling.
   */
  lag(stream: string, group: string): Promise<number>
  /**
   * How much of what the engine may hold is in use, from 0 to 1, by streams and whatever else it keeps; undefined when it
   * has no limit of its own.
   */
  fullness(): Promise<number | undefined>
  /** Undefined while appends succeed; else what is in the way, for readiness, metrics and logs. */
  readonly trouble: Error | undefined
  close(): Promise<void>
}

import { backoffMs } from '../../../nodes/platform/backoff.ts'
import { type Clock } from '../../../nodes/platform/clock.ts'
import type { NewEntry } from '../../../nodes/platform/stream/port.ts'
import type { LogKeeper } from '../../checkpoints/log-keeper.ts'
import { BatchEncoder } from '../shared/batch-codec.ts'
import type { Channel } from './channel.ts'
import type { Cursors } from './cursors.ts'
import { type Database, isCorrupt, isFull, isPassing } from './database.ts'

/** One commit holds up the event loop for as long as it takes to write this. */
const commitEntriesMax = 20_000
const commitBytesMax = 4 << 20
const backoff = { firstMs: 10, lastMs: 1000 }

interface Append {
  readonly stream: string
  readonly entries: readonly NewEntry[]
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Written {
  readonly append: Append
  readonly channel: Channel
  readonly first: number
}

export interface AppenderOptions {
  readonly database: Database
  readonly cursors: Cursors
  readonly clock: Clock
  readonly random: () => number
  readonly open: (stream: string) => Channel
  readonly channels: () => Iterable<Channel>
  readonly onTrouble: (error: Error | undefined) => void
}

/**
 * Group commit: what the event loop's turn brought is written in one transaction, in order, until it succeeds. While it
 * is on its way to the disk the next one collects, and consumers get what was committed: the producer is told only
 * once it is durable, and sends again what a power cut took, which consumers must bear in any case.
 */
export class Appender {
  readonly #options: AppenderOptions
  readonly #encoder = new BatchEncoder()
  #queue: Append[] = []
  readonly #log: LogKeeper | undefined
  #scheduled = false
  #closed = false
  /** Committed, and resolved once synced. */
  #syncing: readonly Append[] | undefined
  /** Fewer while what waits is too much to be written at once. */
  #appendsMax = Number.POSITIVE_INFINITY
  #attempt = 0
  #cancelRetry: (() => void) | undefined
  trouble: Error | undefined

  constructor(options: AppenderOptions) {
    this.#options = options
    this.#log = options.database.logKeeper()
  }

  append(stream: string, entries: readonly NewEntry[], isWholeTurn: boolean): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the stream is closed'))
    if (entries.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      let bytes = 0
      for (const entry of entries) bytes += entry.data.length
      this.#queue.push({ stream, entries, bytes, resolve, reject })
      if (isWholeTurn && this.#cancelRetry === undefined && this.#syncing === undefined) this.#drain()
      else this.#schedule()
    })
  }

  /** Tries once more, then rejects what could not be written. */
  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
    this.#finishSync(() => this.#options.database.syncNow())
    while (this.#queue.length > 0 && this.#commit()) this.#finishSync(() => this.#options.database.syncNow())
    this.#cancelRetry?.()
    for (const append of this.#queue) append.reject(this.trouble ?? new Error('the stream is closed'))
    this.#queue = []
  }

  /** Resolves when nobody else is at the file any more. */
  async whenAlone(): Promise<void> {
    await this.#log?.close()
  }

  /** At the end of the turn, so that everything the sockets brought in it shares a commit. */
  #schedule(): void {
    if (this.#scheduled || this.#cancelRetry !== undefined || this.#syncing !== undefined) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#drain()
    })
  }

  /** Goes on after each sync, until there is nothing left or the engine refuses. */
  #drain(): void {
    if (this.#closed || this.#syncing !== undefined || this.#queue.length === 0) return
    if (!this.#commit()) return
    const batch = this.#syncing
    // Refused for good, so there is nothing to sync.
    if (batch === undefined) return this.#schedule()
    const finish = (outcome: () => void): void => {
      // Closing has done it itself meanwhile.
      if (this.#syncing !== batch) return
      this.#finishSync(outcome)
      this.#drain()
    }
    this.#options.database.sync().then(
      () => finish(() => undefined),
      (error: unknown) =>
        finish(() => {
          throw error
        }),
    )
  }

  /** False when the engine refused and a retry is due. */
  #commit(): boolean {
    const batch = this.#nextBatch()
    let written: readonly Written[]
    try {
      written = this.#write(batch)
    } catch (error) {
      for (const channel of this.#options.channels()) channel.log.revert()
      return this.#refused(batch, error)
    }
    this.#log?.committed()
    this.#queue.splice(0, batch.length)
    this.#appendsMax *= 2
    this.#attempt = 0
    this.#syncing = batch
    this.#handOut(written)
    return true
  }

  #write(batch: readonly Append[]): readonly Written[] {
    const { database, cursors, clock, open, channels } = this.#options
    for (const { stream } of batch) open(stream)
    const written: Written[] = []
    const confirmCursors = database.transact(() => {
      if (database.changedElsewhere()) for (const channel of channels()) channel.log.reload()
      for (const append of batch) {
        const channel = open(append.stream)
        const first = channel.log.insert(append.entries, this.#encoder, clock.nowMs())
        written.push({ append, channel, first })
      }
      return cursors.stage()
    })
    confirmCursors()
    for (const { channel } of written) channel.log.settle()
    return written
  }

  #handOut(written: readonly Written[]): void {
    const channels = new Set<Channel>()
    for (const { append, channel, first } of written) {
      channel.arrive(first, append.entries)
      channels.add(channel)
    }
    for (const channel of channels) channel.wake()
  }

  #finishSync(sync: () => void): void {
    const batch = this.#syncing
    if (batch === undefined) return
    this.#syncing = undefined
    let failure: Error | undefined
    try {
      sync()
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    this.#setTrouble(failure)
    for (const { resolve, reject } of batch) {
      if (failure === undefined) resolve()
      else reject(failure)
    }
  }

  #nextBatch(): readonly Append[] {
    let entries = 0
    let bytes = 0
    const end = this.#queue.findIndex((append, index) => {
      if (entries >= commitEntriesMax || bytes >= commitBytesMax || index >= this.#appendsMax) return true
      entries += append.entries.length
      bytes += append.bytes
      return false
    })
    return end === -1 ? this.#queue.slice() : this.#queue.slice(0, end)
  }

  #refused(batch: readonly Append[], error: unknown): boolean {
    const passing = isPassing(error) || isCorrupt(error)
    if (passing) this.#setTrouble(error instanceof Error ? error : new Error(String(error)))
    if (batch.length > 1 && (!passing || isFull(error))) {
      this.#appendsMax = passing ? Math.ceil(batch.length / 2) : 1
      return true
    }
    if (!passing) {
      this.#queue.shift()
      batch[0]?.reject(error)
      return true
    }
    this.#retryLater()
    return false
  }

  #retryLater(): void {
    const { clock, random } = this.#options
    const delayMs = backoffMs(this.#attempt, backoff, random())
    this.#attempt += 1
    this.#cancelRetry = clock.after(delayMs, () => {
      this.#cancelRetry = undefined
      this.#schedule()
    })
  }

  #setTrouble(trouble: Error | undefined): void {
    if (this.trouble?.message === trouble?.message) return
    this.trouble = trouble
    this.#options.onTrouble(trouble)
  }
}

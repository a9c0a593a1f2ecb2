import { plainError } from '../../redis/connect.ts'
import { backoffMs } from '../../../nodes/platform/backoff.ts'
import type { NewEntry } from '../../../nodes/platform/stream/port.ts'
import { listOf, numberOf } from './answers.ts'
import type { Channel } from './channel.ts'
import { checkEntries, type Packer } from './packer.ts'
import { appendScript } from './scripts.ts'
import type { Timing } from './timing.ts'

/** One script holds up the server for as long as it takes to write this. */
const commitEntriesMax = 20_000
const commitBytesMax = 4 << 20
const backoff = { firstMs: 10, lastMs: 1000 }
/** What is tried once more on closing has this long. */
const farewellMs = 2000

interface Append {
  readonly entries: readonly NewEntry[]
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface AppenderOptions {
  readonly channel: Channel
  /** Who appends: repeating an append under this name changes nothing. */
  readonly writer: string
  readonly packer: Packer
  readonly timing: Timing
  readonly onTrouble: () => void
}

/**
 * Group commit to one stream: what came while the one before was on its way goes as one append, in order, and again
 * until the server has answered. Whether an append that got no answer was carried out is not known: it has a number,
 * and the server carries out each number once, so that repeating it neither doubles nor overtakes.
 */
export class Appender {
  readonly #options: AppenderOptions
  readonly #key: string
  #queue: Append[] = []
  #number = 0
  /** Fewer while what waits is more than the server has room for. */
  #appendsMax = Number.POSITIVE_INFINITY
  #isScheduled = false
  #writing: Promise<void> | undefined
  #isClosing = false
  #isClosed = false
  #endPause: (() => void) | undefined
  trouble: Error | undefined

  constructor(options: AppenderOptions) {
    this.#options = options
    this.#key = options.channel.keys.writer(options.writer)
  }

  append(entries: readonly NewEntry[], isWholeTurn: boolean): Promise<void> {
    if (this.#isClosing) return Promise.reject(new Error('the stream is closed'))
    if (entries.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      checkEntries(entries)
      let bytes = 0
      for (const entry of entries) bytes += entry.data.length
      this.#queue.push({ entries, bytes, resolve, reject })
      if (isWholeTurn) this.#drain()
      else this.#schedule()
    })
  }

  /** Tries for a moment more, then rejects what is not known to be durable. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#endPause?.()
    this.#drain()
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const cancel = this.#options.timing.clock.after(farewellMs, resolve)
    await Promise.race([this.#writing, late])
    cancel()
    this.#isClosed = true
    this.#endPause?.()
    for (const append of this.#queue) append.reject(this.trouble ?? new Error('the stream is closed'))
    this.#queue = []
  }

  /** At the end of the turn, so that everything the sockets brought in it goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#writing !== undefined) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#drain()
    })
  }

  #drain(): void {
    if (this.#writing !== undefined || this.#queue.length === 0) return
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#isClosed) {
      const batch = this.#nextBatch()
      const outcome = await this.#write(
        batch.flatMap(({ entries }) => entries),
        batch.length > 1,
      )
      if (outcome === 'closed') return
      if (outcome === 'too much') {
        this.#appendsMax = Math.ceil(batch.length / 2)
        continue
      }
      this.#appendsMax *= 2
      this.#queue.splice(0, batch.length)
      for (const { resolve } of batch) resolve()
    }
  }

  /**
   * Until it is durable, or the stream is closed before that is known. What the server has no room for may be too much
   * at once, if it can be less.
   */
  async #write(entries: readonly NewEntry[], canBeLess: boolean): Promise<'durable' | 'too much' | 'closed'> {
    const { channel, packer, timing } = this.#options
    const { keys, engine } = channel
    this.#number += 1
    const rows = packer.pack(entries, channel.ends.length, timing.clock.nowMs())
    const head = [keys.prefix, keys.channel, this.#number, entries.length, channel.ends.length]
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      try {
        const ends = await engine.append(appendScript, [keys.meta, this.#key], [...head, ...rows])
        this.#setTrouble(undefined)
        channel.grow(listOf(ends).map(numberOf))
        return 'durable'
      } catch (error) {
        const trouble = plainError(error)
        this.#setTrouble(trouble)
        // Refused at the first try, so surely not carried out.
        if (attempt === 0 && canBeLess && trouble.message.startsWith('OOM')) return 'too much'
      }
      await this.#pause(backoffMs(attempt, backoff, timing.random()))
    }
    return 'closed'
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

  async #pause(ms: number): Promise<void> {
    if (this.#isClosed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#options.timing.clock.after(ms, resolve)
    this.#endPause = resolve
    await promise
    cancel()
  }

  #setTrouble(trouble: Error | undefined): void {
    if (this.trouble?.message === trouble?.message) return
    this.trouble = trouble
    this.#options.onTrouble()
  }
}

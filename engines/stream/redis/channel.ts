import type { CorruptLogError } from '../shared/corrupt-log-error.ts'
import type { RouteDecoder } from '../shared/route-codec.ts'
import type { Engine } from './engine.ts'
import { Merge } from './merge.ts'
import { keysOf, type StreamKeys } from './names.ts'
import type { Retry } from './retry.ts'
import type { Row } from './row.ts'

export interface ChannelContext {
  readonly stream: string
  readonly namespace: string
  readonly engine: Engine
  readonly retry: Retry
  readonly routes: RouteDecoder
  readonly report: (error: CorruptLogError) => void
}

/** A group that reads the stream here, as the stream sees it. */
export interface Reader {
  /** More was appended. */
  wake(): void
  /** Instances came or went. */
  membersChanged(): void
}

/** One stream at run time: where its partitions end, as far as this process knows, and the groups that read it here. */
export class Channel<G extends Reader = Reader> {
  readonly stream: string
  readonly keys: StreamKeys
  readonly engine: Engine
  readonly retry: Retry
  readonly groups = new Map<string, G>()
  /** How many entries were ever appended to each partition. */
  readonly ends: number[]
  closed = false
  readonly #context: ChannelContext
  #isListening = false

  constructor(context: ChannelContext, partitions: number) {
    this.#context = context
    this.stream = context.stream
    this.keys = keysOf(context.namespace, context.stream)
    this.engine = context.engine
    this.retry = context.retry
    this.ends = Array.from({ length: partitions }, () => 0)
  }

  merge(wanted?: (row: Row) => boolean): Merge {
    const { engine, stream, routes, report } = this.#context
    const base = { engine, keys: this.keys, stream, routes, report }
    return new Merge(wanted === undefined ? base : { ...base, wanted })
  }

  /** From now on hears what other processes append. */
  listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    this.engine.listen(this.keys.channel, (message) => {
      if (message === 'members') for (const group of this.groups.values()) group.membersChanged()
      else this.grow(message.split(' ').map(Number))
    })
  }

  /** Partition, end, partition, end, … */
  grow(ends: readonly number[]): void {
    let isNews = false
    for (let at = 0; at + 1 < ends.length; at += 2) {
      const [partition = 0, end = 0] = [ends[at], ends[at + 1]]
      if (end <= (this.ends[partition] ?? Number.POSITIVE_INFINITY)) continue
      this.ends[partition] = end
      isNews = true
    }
    if (isNews) for (const group of this.groups.values()) group.wake()
  }

  /**
   * What the server says of all partitions. Less than is known means that it has lost something, unless that was
   * learnt while it answered.
   * @param before what was known when it was asked
   */
  learn(ends: readonly number[], before: readonly number[]): void {
    for (const [partition, end] of ends.entries()) {
      const known = this.ends[partition]
      if (known === undefined) continue
      if (end > known || known === before[partition]) this.ends[partition] = end
    }
  }
}

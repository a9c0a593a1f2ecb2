import type { LogEntry } from './entry.ts'

/** Entries in order, and the position after them: past the last one where something unreadable follows it. */
export interface Taken {
  readonly entries: readonly LogEntry[]
  readonly to: number
}

export interface WindowLimits {
  readonly entries: number
  readonly bytes: number
}

interface Batch {
  readonly first: number
  readonly entries: readonly LogEntry[]
  readonly bytes: number
}

/**
 * The newest entries, kept in memory for the groups that are near the head. Past its limits the oldest go: who still
 * needs those reads the file, until it has caught up with the window again.
 */
export class Window {
  readonly #limits: WindowLimits
  #batches: Batch[] = []
  #entries = 0
  #bytes = 0
  #end = 0

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  push(first: number, entries: readonly LogEntry[]): void {
    if (first !== this.#end) this.clear()
    let bytes = 0
    for (const entry of entries) bytes += entry.data.length
    this.#batches.push({ first, entries, bytes })
    this.#entries += entries.length
    this.#bytes += bytes
    this.#end = first + entries.length
    while (this.#entries > this.#limits.entries || this.#bytes > this.#limits.bytes) this.#dropOldest()
  }

  /** Undefined when the position is not in the window. */
  take(position: number, maxEntries: number): Taken | undefined {
    let index = this.#indexOf(position)
    const start = this.#batches[index]
    if (start === undefined) return undefined
    const skipped = position - start.first
    if (start.entries.length - skipped >= maxEntries) {
      return { entries: start.entries.slice(skipped, skipped + maxEntries), to: position + maxEntries }
    }
    let entries = skipped === 0 ? start.entries : start.entries.slice(skipped)
    const parts = [entries]
    let missing = maxEntries - entries.length
    for (index += 1; missing > 0; index += 1) {
      const batch = this.#batches[index]
      if (batch === undefined) break
      parts.push(batch.entries.length <= missing ? batch.entries : batch.entries.slice(0, missing))
      missing -= Math.min(missing, batch.entries.length)
    }
    if (parts.length > 1) entries = parts.flat()
    return { entries, to: position + entries.length }
  }

  /** Nobody needs what lies before `position` any more. */
  release(position: number): void {
    for (;;) {
      const oldest = this.#batches[0]
      if (oldest === undefined || oldest.first + oldest.entries.length > position) return
      this.#dropOldest()
    }
  }

  clear(): void {
    this.#batches = []
    this.#entries = 0
    this.#bytes = 0
  }

  #dropOldest(): void {
    const oldest = this.#batches.shift()
    if (oldest === undefined) return
    this.#entries -= oldest.entries.length
    this.#bytes -= oldest.bytes
  }

  /** The batch that holds the position, or -1. */
  #indexOf(position: number): number {
    const oldest = this.#batches[0]
    if (oldest === undefined || position < oldest.first || position >= this.#end) return -1
    let low = 0
    let high = this.#batches.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#batches[middle]?.first ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

import type { NewEntry } from '../../../nodes/platform/stream/port.ts'
import { LogEntry } from './entry.ts'
import type { Group } from './group.ts'
import type { StreamLog } from './log.ts'
import { Window, type WindowLimits } from './window.ts'

/** One stream at run time: its log, what of it is in memory, and the groups that read it here. */
export class Channel {
  readonly log: StreamLog
  readonly window: Window
  readonly groups = new Map<string, Group>()

  constructor(log: StreamLog, limits: WindowLimits) {
    this.log = log
    this.window = new Window(limits)
  }

  /** Durable entries, on their way to whoever is at the head. */
  arrive(first: number, entries: readonly NewEntry[]): void {
    if (!this.#activeGroups().some(() => true)) return
    this.window.push(
      first,
      entries.map(({ route, atMs, data }, index) => new LogEntry(route, atMs, data, first + index, 0)),
    )
  }

  wake(): void {
    for (const group of this.groups.values()) group.wake()
  }

  release(): void {
    let slowest = Number.POSITIVE_INFINITY
    for (const group of this.#activeGroups()) slowest = Math.min(slowest, group.processed)
    this.window.release(slowest)
  }

  #activeGroups(): IteratorObject<Group> {
    return this.groups.values().filter((group) => group.active)
  }
}

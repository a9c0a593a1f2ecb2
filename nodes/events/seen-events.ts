import type { DomainEvent } from '../platform/kit/events/event.ts'

/**
 * Which events of each subject have gone through, as far as this process remembers: the relay may bring one twice. It is
 * no promise (a restart forgets), so what follows from an event is keyed by its id all the same.
 */
export class SeenEvents {
  readonly #lastSeqOf = new Map<string, number>()
  readonly #maxSubjects: number

  constructor(maxSubjects = 10_000) {
    this.#maxSubjects = maxSubjects
  }

  /** Those that are not known to have gone through, each once. */
  unseen(events: readonly DomainEvent[]): readonly DomainEvent[] {
    const lastSeqOf = new Map<string, number>()
    return events.filter((event) => {
      const key = keyOf(event)
      if (event.seq <= (lastSeqOf.get(key) ?? this.#lastSeqOf.get(key) ?? 0)) return event.seq === 0
      lastSeqOf.set(key, event.seq)
      return true
    })
  }

  /** These have gone through. */
  passed(events: readonly DomainEvent[]): void {
    for (const event of events) {
      const key = keyOf(event)
      const seq = Math.max(event.seq, this.#lastSeqOf.get(key) ?? 0)
      // Put at the end: those heard of longest ago are forgotten first.
      this.#lastSeqOf.delete(key)
      this.#lastSeqOf.set(key, seq)
    }
    for (const key of this.#lastSeqOf.keys()) {
      if (this.#lastSeqOf.size <= this.#maxSubjects) break
      this.#lastSeqOf.delete(key)
    }
  }

  /** What has gone through comes again after all. */
  forget(): void {
    this.#lastSeqOf.clear()
  }
}

const keyOf = ({ orgId, subject }: DomainEvent): string => `${orgId}/${subject.kind}/${subject.id}`

import type { Work, WorkTrial } from '../../../nodes/platform/stream/attempts.ts'
import type { LogEntry } from './entry.ts'
import type { Group } from './group.ts'

/** Entries in a row; `from` and `to` are the positions that count as processed with them. */
export class Stretch implements Work {
  readonly #group: Group
  readonly #entries: readonly LogEntry[]
  readonly #from: number
  readonly #to: number

  constructor(group: Group, entries: readonly LogEntry[], from: number, to: number) {
    this.#group = group
    this.#entries = entries
    this.#from = from
    this.#to = to
  }

  entries(): readonly LogEntry[] {
    const { deliveries } = this.#group
    if (deliveries.none) return this.#entries
    return this.#entries.map((entry) => entry.redelivered(deliveries.count(entry.position)))
  }

  processed(durable?: Promise<void>): void {
    this.#group.process(this.#from, this.#to, durable)
  }

  returned(): void {
    this.#group.deliveries.note(this.#from, this.#to)
  }

  trial(): WorkTrial | undefined {
    const { trial } = this.#group
    if (this.#from >= trial.carefulTo) return undefined
    const [first] = this.#entries
    return {
      isSuspect: trial.isSuspect(this.#from, this.#to),
      endsAlone: first === undefined ? 0 : trial.endsAlone(first.position),
      begin: () => {
        trial.begin(this.#from, this.#to, this.#entries.length === 1)
        this.#group.tried()
      },
      end: () => {
        trial.end()
        this.#group.tried()
      },
    }
  }

  halves(): readonly [Stretch, Stretch] {
    const middle = Math.ceil(this.#entries.length / 2)
    const border = this.#entries[middle]?.position ?? this.#to
    return [
      new Stretch(this.#group, this.#entries.slice(0, middle), this.#from, border),
      new Stretch(this.#group, this.#entries.slice(middle), border, this.#to),
    ]
  }
}

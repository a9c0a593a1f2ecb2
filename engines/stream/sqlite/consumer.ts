import type { Clock } from '../../../nodes/platform/clock.ts'
import type { ConsumeOptions, Consumer } from '../../../nodes/platform/stream/port.ts'
import { Attempts } from '../../../nodes/platform/stream/attempts.ts'
import type { Group, Member } from './group.ts'
import { Interruptible } from '../../../nodes/platform/stream/interruptible.ts'
import { Stretch } from './stretch.ts'
import type { Taken } from './window.ts'

const defaultGraceMs = 10_000

export interface ConsumerContext {
  readonly options: ConsumeOptions
  readonly group: Group
  readonly clock: Clock
  readonly random: () => number
  /** Throws what the engine throws. */
  readonly take: (position: number, maxEntries: number) => Taken
  readonly onTrouble: (error: unknown, message: string) => void
  readonly onClosed: () => void
}

/** Hands a group's entries to one handler, one call at a time. */
export class SqliteConsumer implements Consumer, Member {
  readonly #context: ConsumerContext
  readonly #waits: Interruptible
  readonly #attempts: Attempts
  #running: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(context: ConsumerContext) {
    this.#context = context
    this.#waits = new Interruptible(context.clock)
    this.#attempts = new Attempts({ ...context, waits: this.#waits })
  }

  get lag(): number {
    return this.#context.group.lag
  }

  whenLagAtMost(entries: number): Promise<void> {
    return this.#context.group.whenLagAtMost(entries, this)
  }

  activate(): void {
    this.#running = this.#run()
  }

  wake(): void {
    this.#waits.wake()
  }

  close(graceMs = defaultGraceMs): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    return this.#closed
  }

  async #close(graceMs: number): Promise<void> {
    const { clock, group, onClosed } = this.#context
    this.#waits.close()
    const cancel = clock.after(graceMs, () => {
      this.#waits.forget()
    })
    await this.#running
    cancel()
    group.leave(this)
    onClosed()
  }

  async #run(): Promise<void> {
    const { group, options, take, onTrouble } = this.#context
    let outages = 0
    while (!this.#waits.closing) {
      let taken: Taken | undefined
      try {
        const rewound = group.takeRewind()
        if (rewound === undefined) taken = take(group.processed, options.maxEntries)
        else onTrouble(rewound, 'what was processed did not become durable and comes again')
      } catch (error) {
        onTrouble(error, 'the log cannot be read; it is tried again')
      }
      if (taken === undefined) {
        await this.#attempts.outage(outages)
        outages += 1
        continue
      }
      if (taken.entries.length > 0) {
        await this.#attempts.process(new Stretch(group, taken.entries, group.processed, taken.to))
        outages = 0
        // Sockets and timers get their turn even while there is a backlog.
        await nextTurn()
      } else if (taken.to > group.processed) group.process(group.processed, taken.to)
      else await this.#waits.idle()
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

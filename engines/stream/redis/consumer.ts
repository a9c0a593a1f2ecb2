import { backoffMs } from '../../../nodes/platform/backoff.ts'
import { type Clock } from '../../../nodes/platform/clock.ts'
import type { ConsumeOptions, Consumer } from '../../../nodes/platform/stream/port.ts'
import { Attempts } from '../../../nodes/platform/stream/attempts.ts'
import { Interruptible } from '../../../nodes/platform/stream/interruptible.ts'
import type { Batch } from './batch.ts'
import type { Group, Member } from './group.ts'
import type { Timing } from './timing.ts'

const defaultGraceMs = 10_000
const outage = { firstMs: 50, lastMs: 1000 }

export interface ConsumerContext {
  readonly options: ConsumeOptions
  readonly group: Group
  readonly timing: Timing
  readonly onTrouble: (error: unknown, message: string) => void
  readonly onClosed: () => void
}

/** Hands a group's entries to one handler, one call at a time. */
export class RedisConsumer implements Consumer, Member {
  readonly #context: ConsumerContext
  readonly #clock: Clock
  readonly #waits: Interruptible
  readonly #attempts: Attempts
  #running: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(context: ConsumerContext) {
    this.#context = context
    const { options, timing } = context
    this.#clock = timing.clock
    this.#waits = new Interruptible(timing.clock)
    this.#attempts = new Attempts({ options, waits: this.#waits, random: timing.random })
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
    this.#waits.close()
    const cancel = this.#clock.after(graceMs, () => {
      this.#waits.forget()
    })
    await this.#running
    cancel()
    await this.#context.group.leave(this)
    this.#context.onClosed()
  }

  async #run(): Promise<void> {
    const { group, options, timing, onTrouble } = this.#context
    let outages = 0
    while (!this.#waits.closing) {
      let batch: Batch | undefined
      try {
        batch = group.takeLoaded(options.maxEntries) ?? (await group.take(options.maxEntries))
        outages = 0
      } catch (error) {
        if (outages === 0) onTrouble(error, 'the stream cannot be read; it is tried again')
        await this.#waits.pause(backoffMs(outages, outage, timing.random()))
        outages += 1
        continue
      }
      if (batch !== undefined) {
        await this.#attempts.process(batch)
        // Sockets and timers get their turn even while there is a backlog.
        await nextTurn()
      } else if (!group.hasMore) await this.#waits.idle()
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

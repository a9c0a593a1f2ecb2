import { backoffMs } from '../backoff.ts'
import { asError } from '../kit/presentable.ts'
import type { ConsumeOptions, Entry, Handled } from './port.ts'
import type { Interruptible } from './interruptible.ts'

const defaultMaxDeliveries = 5
/** A process that ends is worse than a failure, and takes a restart for each try. */
const maxEndsAlone = 3
const outage = { firstMs: 100, lastMs: 5000 }
const failure = { firstMs: 20, lastMs: 500 }

/** A stretch of what a group has to process, which can be cut in two. */
export interface Work {
  /** What is to be handed over now: less than before when parts of it have become somebody else's. */
  entries(): readonly Entry[]
  /** The group's place moves on, for good once `durable` resolves; without a promise at once. */
  processed(durable?: Promise<void>): void
  /** It was handed over and is not processed. */
  returned(): void
  /** Undefined but for what may have ended a process, and is to be handled with care. */
  trial(): WorkTrial | undefined
  halves(): readonly [Work, Work]
}

/** Work that may end the process, so that it is noted where that outlives the process. */
export interface WorkTrial {
  /** A process has ended while some of it was in work. */
  readonly isSuspect: boolean
  /** How often one has ended while its first entry alone was in work. */
  readonly endsAlone: number
  /** It is in work from now on. Does what it can, and neither throws nor rejects. */
  begin(): Promise<void> | void
  end(): Promise<void> | void
}

export interface AttemptsContext {
  readonly options: Pick<ConsumeOptions, 'handle' | 'abandon' | 'maxDeliveries' | 'whenReady'>
  readonly waits: Interruptible
  readonly random: () => number
}

/** Hands work to the handler until it is processed, or abandoned, or the consumer closes. */
export class Attempts {
  readonly #options: AttemptsContext['options']
  readonly #waits: Interruptible
  readonly #random: () => number

  constructor({ options, waits, random }: AttemptsContext) {
    this.#options = options
    this.#waits = waits
    this.#random = random
  }

  async process(work: Work): Promise<void> {
    const { maxDeliveries = defaultMaxDeliveries } = this.#options
    let outages = 0
    let failures = 0
    let isBack = false
    while (!this.#waits.closing) {
      const entries = work.entries()
      if (entries.length === 0) return
      // What came back once did not end this process.
      const trial = isBack ? undefined : work.trial()
      isBack = true
      if (trial?.isSuspect === true) {
        if (entries.length > 1) {
          for (const half of work.halves()) await this.process(half)
          return
        }
        if (trial.endsAlone >= Math.min(maxEndsAlone, maxDeliveries)) {
          await this.#abandon(work, new Error('the process ended whenever this was in work'))
          return
        }
      }
      const handled = trial === undefined ? await this.#hand(entries) : await this.#try(entries, trial)
      if (handled?.kind === 'processed') {
        work.processed(handled.durable)
        return
      }
      work.returned()
      if (handled === undefined) return
      if (handled.kind === 'unavailable') {
        await this.outage(outages)
        outages += 1
        continue
      }
      if (entries.length > 1) {
        for (const half of work.halves()) await this.process(half)
        return
      }
      failures += 1
      if (failures >= maxDeliveries) {
        await this.#abandon(work, handled.error)
        return
      }
      await this.#waits.pause(backoffMs(failures - 1, failure, this.#random()))
    }
  }

  /** The pause after the world's failure. */
  outage(attempt: number): Promise<void> {
    return this.#waits.pause(backoffMs(attempt, outage, this.#random()))
  }

  async #abandon(work: Work, error: Error): Promise<void> {
    for (let attempt = 0; !this.#waits.closing; attempt += 1) {
      const [culprit] = work.entries()
      if (culprit === undefined) return
      try {
        const done = await this.#waits.call(async () => {
          await this.#options.abandon(culprit, error)
          return true
        })
        if (done === true) work.processed()
        return
      } catch {
        await this.outage(attempt)
      }
    }
  }

  /** Only what the handler has begun with counts: a process may end at its start for reasons of its own. */
  async #try(entries: readonly Entry[], trial: WorkTrial): Promise<Handled | undefined> {
    const { whenReady } = this.#options
    const isReady = await this.#waits.call(async () => {
      await whenReady?.()
      return true
    })
    if (isReady === undefined) return undefined
    await trial.begin()
    const handled = await this.#hand(entries)
    await trial.end()
    return handled
  }

  async #hand(entries: readonly Entry[]): Promise<Handled | undefined> {
    try {
      return await this.#waits.call(async () => this.#options.handle(entries), ignoreDurability)
    } catch (error) {
      return { kind: 'failed', error: asError(error) }
    }
  }
}

/** Nobody follows a batch that was forgotten: that it did not become durable must not end the process. */
function ignoreDurability(handled: Handled): void {
  if (handled.kind === 'processed') handled.durable.catch(() => undefined)
}

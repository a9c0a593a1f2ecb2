/** Works out totals of days as they become due, whichever instance comes first. */
import { isServerAway } from '../../mongo/trouble.ts'
import type { Tables } from './tables.ts'
import { rollUp } from './totals.ts'

/** How long one instance may take for a day before another tries. */
const LEASE_MS = 60_000

export interface RollerSettings {
  readonly tables: Tables
  readonly now: () => number
  readonly everyMs: number
  readonly onError: (error: unknown) => void
}

export class Roller {
  readonly #settings: RollerSettings
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(settings: RollerSettings) {
    this.#settings = settings
    this.#schedule()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  /** Works out all that is due. */
  async rollDue(): Promise<void> {
    const { tables, now } = this.#settings
    while (!this.#isClosed) {
      const day = await tables.days.findOneAndUpdate(
        { dueMs: { $lte: now() } },
        { $set: { dueMs: now() + LEASE_MS } },
        { sort: { dueMs: 1 }, returnDocument: 'after' },
      )
      if (day === null) return
      await rollUp(tables, day)
    }
  }

  /** Works out all whose totals are not true, due or not. Nobody may be storing meanwhile. */
  async rollAll(): Promise<void> {
    const { tables } = this.#settings
    for await (const day of tables.days.find({ $expr: { $ne: ['$rolled', '$marks'] } })) {
      await rollUp(tables, day)
    }
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#tick()
    }, this.#settings.everyMs)
    this.#timer.unref()
  }

  async #tick(): Promise<void> {
    try {
      await this.rollDue()
    } catch (error) {
      // The writer tells of a server that is away; days stay due.
      if (!isServerAway(error)) this.#settings.onError(error)
    }
    if (!this.#isClosed) this.#schedule()
  }
}

import type { Clock } from '../../clock.ts'
import type { Collection, Stored } from '../../store/port.ts'
import type { DueDocument, Next, Work } from './job.ts'

export interface HoldingParts<T> {
  readonly collection: Pick<Collection<T & DueDocument>, 'get' | 'release' | 'remove' | 'renew' | 'replace'>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
  readonly orgId: string
  /** Of this claim alone, so that no other holding of the same document passes for this one. */
  readonly owner: string
  readonly leaseMs: number
  /** When it was claimed, on the monotonic clock. */
  readonly claimedAtMs: number
}

/**
 * A document that this instance has claimed. Every write names the version that the claim or the write before has left,
 * so the late write of an instance that was held up and taken over from is refused.
 */
export class Holding<T extends DueDocument> implements Work<T> {
  readonly orgId: string
  readonly attempt: number
  readonly #parts: HoldingParts<T>
  readonly #abort = new AbortController()
  #stored: Stored<T>
  #renewedAtMs: number
  #isLost = false
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor(claimed: Stored<T>, parts: HoldingParts<T>) {
    this.#stored = claimed
    this.#parts = parts
    this.#renewedAtMs = parts.claimedAtMs
    this.orgId = parts.orgId
    this.attempt = claimed.document.failures + 1
  }

  get document(): T {
    return this.#stored.document
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isLost(): boolean {
    return this.#isLost
  }

  stop(): void {
    this.#abort.abort()
  }

  save(change: (document: T) => T): Promise<T | undefined> {
    return this.#alone(() => this.#write(change))
  }

  /** Writes what has become of the document, and lets go of it. False when another has taken over. */
  end(next: Next<T>): Promise<boolean> {
    return this.#alone(async () => {
      if (!this.#isLost && next(this.document) === this.document) {
        this.#isLost = true
        return this.release()
      }
      const isWritten = (await this.#write(next)) !== undefined
      // A document that was removed has taken its lease along.
      if (isWritten && !this.#isLost) await this.release()
      this.#isLost = true
      return isWritten
    })
  }

  /** Lets go of it as it is. */
  async release(): Promise<boolean> {
    return this.#parts.collection.release(this.document.id, this.#parts.owner)
  }

  /** Keeps the lease, once a good part of it has passed. */
  async renewWhenDue(): Promise<void> {
    const { clock, leaseMs } = this.#parts
    const sinceMs = clock.monotonicMs() - this.#renewedAtMs
    if (this.#isLost || sinceMs < leaseMs / 4) return
    try {
      await this.#renew()
    } catch (error) {
      // Nobody knows any more whose it is: whoever comes next may have begun.
      if (sinceMs >= leaseMs) this.#lose()
      else throw error
    }
  }

  /** One write after the other: each names the version that the one before has left. */
  async #alone<R>(write: () => Promise<R>): Promise<R> {
    const turn = this.#lastWrite.then(write)
    this.#lastWrite = turn.catch(() => undefined)
    return turn
  }

  /** What is stored then, or was removed; undefined when it was lost. */
  async #write(change: Next<T>): Promise<T | undefined> {
    const { collection } = this.#parts
    for (;;) {
      if (this.#isLost) return undefined
      const { document, version } = this.#stored
      const next = change(document)
      if (next === undefined) {
        if (await collection.remove(document.id, version)) {
          this.#isLost = true
          return document
        }
      } else {
        const outcome = await collection.replace(next, version)
        if (outcome.kind === 'duplicate') throw new Error(`another document holds the key ${outcome.key}`)
        if (outcome.kind === 'replaced') {
          this.#stored = outcome.stored
          return next
        }
      }
      await this.#readAgain()
    }
  }

  /** Somebody has changed it meanwhile: its keeper, or one who has taken it over. */
  async #readAgain(): Promise<void> {
    if (!(await this.#renew())) return
    const current = await this.#parts.collection.get(this.document.id)
    if (current === undefined) this.#lose()
    else this.#stored = current
  }

  async #renew(): Promise<boolean> {
    const { clock, collection, leaseMs, owner } = this.#parts
    const atMs = clock.monotonicMs()
    const isOurs = await collection.renew(this.document.id, {
      owner,
      nowMs: clock.nowMs(),
      durationMs: leaseMs,
    })
    if (isOurs) this.#renewedAtMs = atMs
    else this.#lose()
    return isOurs
  }

  #lose(): void {
    this.#isLost = true
    this.#abort.abort()
  }
}

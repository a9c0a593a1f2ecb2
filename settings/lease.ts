import { z } from 'zod'
import type { Clock } from '../nodes/platform/clock.ts'
import type { Collection, CollectionSpec, Store } from '../nodes/platform/store/port.ts'

const leaseSchema = z.object({ id: z.string() })
const leaseCollection: CollectionSpec<z.output<typeof leaseSchema>> = {
  name: 'leases',
  schema: leaseSchema,
}

export interface LeaseParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  /** The duty, such as `housekeeping`. */
  readonly name: string
  readonly owner: string
  readonly durationMs: number
}

/**
 * A duty that one instance at a time has, for a while: when that has passed, whoever asks first has it next. What is done
 * under it must bear being done twice, since an instance may be held up for longer than it thinks.
 */
export class Lease {
  readonly #parts: LeaseParts
  readonly #leases: Collection<z.output<typeof leaseSchema>>
  #untilMs = 0
  #isMade = false

  constructor(parts: LeaseParts) {
    this.#parts = parts
    this.#leases = parts.store.platform(leaseCollection)
  }

  /** Whether it is this instance's turn. @throws StoreUnavailable */
  async isOurs(): Promise<boolean> {
    const { clock, durationMs, name, owner } = this.#parts
    const nowMs = clock.nowMs()
    if (nowMs < this.#untilMs) return true
    if (!this.#isMade) await this.#leases.insert({ id: name })
    this.#isMade = true
    const claimed = await this.#leases.claim({ id: name }, { owner, nowMs, durationMs })
    if (claimed.length === 0) return false
    this.#untilMs = nowMs + durationMs
    return true
  }

  /** For a stop: the next one need not wait. */
  async release(): Promise<void> {
    if (this.#parts.clock.nowMs() < this.#untilMs)
      await this.#leases.release(this.#parts.name, this.#parts.owner)
    this.#untilMs = 0
  }
}

import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Logger } from '../platform/logger.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, CollectionSpec, Store } from '../platform/store/port.ts'
import type { Counts } from './counts.ts'
import { deadLetterCollection } from './dead-letter-box.ts'
import { type DeadLetterLimits, isWorthLooking, RoomLeft } from './dead-letter-limits.ts'
import type { DeadLetter, Reject } from './dead-letter.ts'

const droppedSchema = z.strictObject({
  id: z.literal('dropped'),
  /** Since ever. */
  letters: z.int(),
  lastAt: z.iso.datetime(),
})

/** What there was no room for, for whoever looks at an organization's dead letters. */
export const droppedCollection: CollectionSpec<z.output<typeof droppedSchema>> = {
  name: 'dead_letters_dropped',
  audit: 'none',
  schema: droppedSchema,
}

export interface KeeperParts {
  readonly store: Store
  readonly limits: DeadLetterLimits
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Logger
  readonly counts: Pick<Counts, 'deadLettersDropped'>
}

/** A letter may have the size of what devices may send. */
const lettersAtOnce = 10
const newestFirst = { sort: [{ path: 'receivedAt', direction: 'descending' }], limit: lettersAtOnce } as const

/** Throws the oldest dead letters away when there are too many, or when they are too old, and says so. */
export class DeadLetterKeeper {
  readonly #parts: KeeperParts
  /** What each organization got since its letters were looked through. */
  readonly #since = new Map<string, { letters: number; bytes: number }>()
  readonly #looking = new Map<string, Promise<void>>()

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** To be told of what was put. What it leads to goes on by itself; {@link whenIdle} waits for it. */
  noted(rejects: readonly Pick<Reject, 'orgId' | 'payload'>[]): void {
    for (const { orgId, payload } of rejects) {
      const since = this.#since.get(orgId) ?? { letters: 0, bytes: 0 }
      this.#since.set(orgId, since)
      since.letters += 1
      since.bytes += payload.length
      if (isWorthLooking(since, this.#parts.limits)) this.#look(orgId)
    }
  }

  /** Throws away what is too old, and looks through those who got any; now and then. */
  async sweep(organizations: AsyncIterable<string>): Promise<void> {
    const { clock, limits } = this.#parts
    const before = toIsoTime(clock.nowMs() - limits.keptForMs)
    for await (const orgId of organizations) {
      const removed = await this.#letters(orgId).removeMany({ receivedAt: { $lt: before } })
      if (removed > 0) await this.#tell(orgId, removed, 'dead letters were too old and are gone')
      if (this.#since.has(orgId)) this.#look(orgId)
    }
  }

  async whenIdle(): Promise<void> {
    await Promise.all(this.#looking.values())
  }

  #look(orgId: string): void {
    if (this.#looking.has(orgId)) return
    this.#since.delete(orgId)
    const looking = this.#makeRoom(orgId)
      .catch((error: unknown) =>
        this.#parts.log.warn({ err: error, orgId }, 'dead letters could not be looked through'),
      )
      .finally(() => this.#looking.delete(orgId))
    this.#looking.set(orgId, looking)
  }

  async #makeRoom(orgId: string): Promise<void> {
    const room = new RoomLeft(this.#parts.limits)
    const letters = this.#letters(orgId)
    let tooMany: string[] = []
    let dropped = 0
    const drop = async (): Promise<void> => {
      if (tooMany.length > 0) dropped += await letters.removeMany({ id: { $in: tooMany } })
      tooMany = []
    }
    for await (const { document } of everyDocument(letters, {}, newestFirst)) {
      if (!room.takes(document)) tooMany.push(document.id)
      if (tooMany.length === lettersAtOnce) await drop()
    }
    await drop()
    if (dropped > 0) await this.#tell(orgId, dropped, 'dead letters were too many, the oldest are gone')
  }

  async #tell(orgId: string, letters: number, what: string): Promise<void> {
    const { clock, counts, log, store } = this.#parts
    counts.deadLettersDropped += letters
    log.warn({ orgId, letters }, what)
    const told = store.organization(orgId).collection(droppedCollection)
    const lastAt = toIsoTime(clock.nowMs())
    const outcome = await told.update('dropped', (before) => ({
      ...before,
      letters: before.letters + letters,
      lastAt,
    }))
    if (outcome.kind === 'missing') await told.insert({ id: 'dropped', letters, lastAt })
  }

  #letters(orgId: string): Collection<DeadLetter> {
    return this.#parts.store.organization(orgId).collection(deadLetterCollection)
  }
}

import { z } from 'zod'
import type { Bus } from '../platform/bus/port.ts'
import type { Clock } from '../platform/clock.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, CollectionSpec, Store } from '../platform/store/port.ts'

const registryChangeSchema = z.object({
  kind: z.enum(['device', 'class']),
  orgId: z.string(),
  /** The device's id, or the class's key. */
  key: z.string(),
})
/** Something in the registry is not as it was: what it is now is in the store. */
export type RegistryChange = z.output<typeof registryChangeSchema>

const announcedSchema = registryChangeSchema.extend({ number: z.int() })
/** A change that another instance has announced, and waits for us to have read. */
export interface AnnouncedChange extends RegistryChange {
  readonly from: string
  readonly number: number
}

const readSchema = z.object({ of: z.string(), numbers: z.array(z.int()) })

const noteSchema = registryChangeSchema.extend({
  id: z.string(),
  changedAtMs: z.int(),
  /** False while it is about to change: what is read then may be of before. */
  isMade: z.boolean().optional(),
})

/** A note as it is found: another version of it is another change. */
export interface FoundChange {
  readonly change: RegistryChange
  readonly id: string
  readonly version: number
  readonly isMade: boolean
}

/** The newest change of each device and class. */
export const registryChangeCollection: CollectionSpec<z.output<typeof noteSchema>> = {
  name: 'registry_changes',
  audit: 'none',
  schema: noteSchema,
  indexes: [['changedAtMs']],
}

const announcedTopic = 'registry'
const readTopic = 'registry-read'
/** An instance that has not read a change by then has died, or will hold up nobody else. */
const readWithinMs = 1000

export interface RegistryChangesParts {
  readonly store: Store
  readonly bus: Bus
  readonly clock: Pick<Clock, 'nowMs' | 'after'>
}

interface Waiting {
  readonly instances: Set<string>
  readonly resolve: () => void
}

/**
 * Changes of the registry on their way to the other instances: noted in the store, told on the bus, and confirmed by
 * those that have read them, so that a change which was answered counts everywhere from the next message on. Whoever
 * was not reached reads the notes of the last minutes instead of the whole registry.
 */
export class RegistryChanges {
  readonly #parts: RegistryChangesParts
  readonly #notes: Collection<z.output<typeof noteSchema>>
  readonly #waiting = new Map<number, Waiting>()
  #number = 0

  constructor(parts: RegistryChangesParts) {
    this.#parts = parts
    this.#notes = parts.store.platform(registryChangeCollection)
    parts.bus.subscribe(readTopic, (event, from) => {
      const read = readSchema.safeParse(event).data
      if (read?.of === parts.bus.instance) for (const number of read.numbers) this.#confirmed(number, from)
    })
  }

  /**
   * Before something is changed: whoever looks at the notes within the next minute looks at it, even when nobody is left
   * to say that it has changed. @throws StoreUnavailable
   */
  note(change: RegistryChange): Promise<void> {
    return this.#write(change, false)
  }

  /** Resolves when every instance that is there has read it, a second later at most. @throws StoreUnavailable */
  async announce(change: RegistryChange): Promise<void> {
    const { bus } = this.#parts
    await this.#write(change, true)
    this.#number += 1
    const number = this.#number
    const isRead = this.#whenRead(number, bus.others())
    // With the bus away nobody is told now; each instance looks at the notes as soon as it hears again, and now and then.
    await bus.publish(announcedTopic, { ...change, number }).then(
      () => isRead,
      () => this.#waiting.delete(number),
    )
  }

  onAnnounced(listener: (change: AnnouncedChange) => void): () => void {
    return this.#parts.bus.subscribe(announcedTopic, (event, from) => {
      const change = announcedSchema.safeParse(event)
      if (change.success) listener({ ...change.data, from })
    })
  }

  /** For changes that count here from now on. */
  confirm(changes: readonly AnnouncedChange[]): void {
    const numbers = new Map<string, number[]>()
    for (const { from, number } of changes) numbers.set(from, [...(numbers.get(from) ?? []), number])
    for (const [of, some] of numbers)
      // Without it whoever waits goes on by itself.
      void this.#parts.bus.publish(readTopic, { of, numbers: some }).catch(() => undefined)
  }

  async *since(changedAtMs: number): AsyncGenerator<FoundChange> {
    const notes = everyDocument(this.#notes, { changedAtMs: { $gte: changedAtMs } })
    for await (const { document, version } of notes) {
      const { id, isMade = false, key, kind, orgId } = document
      yield { change: { kind, orgId, key }, id, version, isMade }
    }
  }

  /** Forgets notes that are older; whoever was away for longer reads the whole registry. */
  async sweep(beforeMs: number): Promise<void> {
    await this.#notes.removeMany({ changedAtMs: { $lt: beforeMs } })
  }

  async #write(change: RegistryChange, isMade: boolean): Promise<void> {
    const id = `${change.kind}:${change.orgId}:${change.key}`
    await this.#notes.upsert({ id, ...change, changedAtMs: this.#parts.clock.nowMs(), isMade })
  }

  #whenRead(number: number, instances: readonly string[]): Promise<void> {
    if (instances.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(number)
        cancel()
        resolve()
      }
      const cancel = this.#parts.clock.after(readWithinMs, done)
      this.#waiting.set(number, { instances: new Set(instances), resolve: done })
    })
  }

  #confirmed(number: number, instance: string): void {
    const waiting = this.#waiting.get(number)
    waiting?.instances.delete(instance)
    if (waiting?.instances.size === 0) waiting.resolve()
  }
}

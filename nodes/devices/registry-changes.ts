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

const noteSchema = registryChangeSchema.extend({ id: z.string(), changedAtMs: z.int() })

/** The newest change of each device and class. */
const registryChangeCollection: CollectionSpec<z.output<typeof noteSchema>> = {
  name: 'registry_changes',
  schema: noteSchema,
  indexes: [['changedAtMs']],
}

const topic = 'registry'

/**
 * Changes of the registry on their way to the other instances: told on the bus, and noted in the store first, so that
 * whoever was not reached reads of the last minutes' changes there instead of reading the whole registry again.
 */
export class RegistryChanges {
  readonly #bus: Bus
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #notes: Collection<z.output<typeof noteSchema>>

  constructor(store: Store, bus: Bus, clock: Pick<Clock, 'nowMs'>) {
    this.#notes = store.platform(registryChangeCollection)
    this.#bus = bus
    this.#clock = clock
  }

  /** Resolves when the others were told, or will read of it. @throws StoreUnavailable */
  async announce(change: RegistryChange): Promise<void> {
    const id = `${change.kind}:${change.orgId}:${change.key}`
    await this.#notes.upsert({ id, ...change, changedAtMs: this.#clock.nowMs() })
    // With the bus away nobody is told now; each instance looks at the notes as soon as it hears again, and now and then.
    await this.#bus.publish(topic, change).catch(() => undefined)
  }

  onAnnounced(listener: (change: RegistryChange) => void): () => void {
    return this.#bus.subscribe(topic, (event) => {
      const change = registryChangeSchema.safeParse(event)
      if (change.success) listener(change.data)
    })
  }

  async *since(changedAtMs: number): AsyncGenerator<RegistryChange> {
    const notes = everyDocument(this.#notes, { changedAtMs: { $gte: changedAtMs } })
    for await (const { document } of notes) yield document
  }

  /** Forgets notes that are older; whoever was away for longer reads the whole registry. */
  async sweep(beforeMs: number): Promise<void> {
    await this.#notes.removeMany({ changedAtMs: { $lt: beforeMs } })
  }
}

import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Collection, CollectionSpec, Store } from '../platform/store/port.ts'
import type { Stream } from '../platform/stream/port.ts'

const removedGroupSchema = z.strictObject({
  /** The group's name. */
  id: z.string(),
  stream: z.string(),
  removedAtMs: z.int(),
})

/** Groups of a stream whose node was taken out of the flows. */
export const removedGroupCollection: CollectionSpec<z.output<typeof removedGroupSchema>> = {
  name: 'removed_groups',
  audit: 'none',
  schema: removedGroupSchema,
  indexes: [['removedAtMs']],
}

/**
 * What a group has not processed is kept for it, for ever if nobody consumes. One whose node was taken out of the flows
 * keeps its place for as long as entries are kept otherwise, in case the node comes back; then it holds up nothing more.
 */
export class RemovedGroups {
  readonly #groups: Collection<z.output<typeof removedGroupSchema>>
  readonly #clock: Pick<Clock, 'nowMs'>

  constructor(store: Store, clock: Pick<Clock, 'nowMs'>) {
    this.#groups = store.platform(removedGroupCollection)
    this.#clock = clock
  }

  async removed(stream: string, group: string): Promise<void> {
    await this.#groups.upsert({ id: group, stream, removedAtMs: this.#clock.nowMs() })
  }

  async used(group: string): Promise<void> {
    await this.#groups.remove(group)
  }

  async forgetOld(
    engine: Pick<Stream, 'forgetGroup'>,
    keptForMs: number,
    log: Pick<Logger, 'warn'>,
  ): Promise<void> {
    const { items } = await this.#groups.find({ removedAtMs: { $lt: this.#clock.nowMs() - keptForMs } })
    for (const { document } of items) {
      // It rejects while somebody consumes: then the node is back in another process.
      const isForgotten = await engine.forgetGroup(document.stream, document.id).catch(() => false)
      await this.#groups.remove(document.id)
      if (isForgotten)
        log.warn({ group: document.id }, 'a group whose node was removed keeps nothing any more')
    }
  }
}

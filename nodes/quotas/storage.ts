import { z } from 'zod'
import type { ArchiveDesk } from '../platform/archive/desk.ts'
import type { Clock } from '../platform/clock.ts'
import { type Aggregate, openAggregate } from '../platform/kit/decider/aggregate.ts'
import { eventFields } from '../platform/kit/events/event.ts'
import type { EventRelay } from '../platform/kit/events/relay.ts'
import type { Logger } from '../platform/logger.ts'
import type { SeriesStore } from '../platform/series/port.ts'
import type { CollectionSpec, Store } from '../platform/store/port.ts'
import {
  type HeldStorage,
  type MeasureStorage,
  storageDecider,
  type StorageEvent,
} from './storage-decider.ts'

const storageSchema = z.strictObject({
  id: z.literal('storage'),
  documents: z.int().min(0),
  series: z.int().min(0),
  archive: z.int().min(0),
  measuredAtMs: z.int(),
  isOver: z.boolean(),
  ...eventFields,
})

/** One for each organization that was measured. */
export const storageCollection: CollectionSpec<z.output<typeof storageSchema>> = {
  name: 'storage',
  audit: 'none',
  schema: storageSchema,
  indexesEverywhere: [['isOver'], ['pendingSinceMs']],
}

export interface StorageParts {
  readonly store: Store
  readonly series: Pick<SeriesStore, 'bytesOf'>
  readonly archive: Pick<ArchiveDesk, 'days'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly relay: Pick<EventRelay, 'offer' | 'withoutRelayed'>
  readonly log: Pick<Logger, 'warn'>
  /** Undefined where nothing limits it. */
  readonly limitBytesOf: (orgId: string) => number | undefined
  /** An organization holds more than it may, or no longer does. */
  readonly changed: (orgId: string) => Promise<void>
}

/** Measures what organizations hold. */
export class Storage {
  readonly #parts: StorageParts
  readonly #held: Aggregate<HeldStorage, MeasureStorage, StorageEvent, never>

  constructor(parts: StorageParts) {
    this.#parts = parts
    this.#held = openAggregate({
      ...parts,
      collection: storageCollection,
      decider: storageDecider,
      announce: (event) => (event.type === 'StorageMeasured' ? undefined : event),
    })
  }

  /** As it was measured last; measures one that never was. */
  async of(orgId: string): Promise<HeldStorage> {
    const stored = await this.#parts.store.organization(orgId).collection(storageCollection).get('storage')
    return stored?.document ?? (await this.measure(orgId))
  }

  /** @throws StoreUnavailable, SeriesUnavailable */
  async measure(orgId: string): Promise<HeldStorage> {
    const { changed, limitBytesOf, log, series, store } = this.#parts
    const held = {
      documents: await store.bytesOf(orgId),
      series: await series.bytesOf(orgId),
      archive: await this.#archived(orgId),
    }
    const limitBytes = limitBytesOf(orgId) ?? null
    const handled = await this.#held.handle(orgId, 'storage', { type: 'MeasureStorage', held, limitBytes })
    if (handled.kind !== 'done') throw new Error('nothing is in the way of measuring')
    const told = handled.events.find(({ type }) => type !== 'StorageMeasured')
    if (told !== undefined) {
      log.warn(
        { orgId, ...told.data },
        told.type === 'StorageQuotaExceeded' ? 'storage is full' : 'storage fits again',
      )
      await changed(orgId)
    }
    return handled.state
  }

  /** One after the other; one that fails does not keep the others. */
  async measureAll(organizations: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
    for await (const orgId of organizations) {
      if (signal.aborted) return
      await this.measure(orgId).catch((error: unknown) =>
        this.#parts.log.warn({ err: error, orgId }, 'storage could not be measured'),
      )
    }
  }

  async #archived(orgId: string): Promise<number | undefined> {
    try {
      return (await this.#parts.archive.days(orgId)).reduce((sum, { bytes }) => sum + bytes, 0)
    } catch {
      // It is somebody else's machine, and tells of its trouble itself.
      return undefined
    }
  }
}

import { z } from 'zod'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, CollectionSpec, Filter, GeoPoint, Page } from '../platform/store/port.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { type Pod, podCollection, type PodSettings } from './pod.ts'

export const blockSchema = z.strictObject({
  id: z.string(),
  podId: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  reason: z.string(),
  createdAtMs: z.number(),
})
export type PodBlock = z.output<typeof blockSchema>

export const blockCollection: CollectionSpec<PodBlock> = {
  name: 'pod_blocks',
  schema: blockSchema,
  indexes: [['podId', 'fromMs']],
}

export const blockView = z.object({
  id: z.string(),
  podId: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  reason: z.string(),
})
export const viewBlock = ({ fromMs, id, podId, reason, toMs }: PodBlock): z.output<typeof blockView> => ({
  id,
  podId,
  from: toIsoTime(fromMs),
  to: toIsoTime(toMs),
  reason,
})

export type Saved =
  | { readonly kind: 'saved'; readonly pod: Pod; readonly isNew: boolean }
  | { readonly kind: 'no-device' }
  | { readonly kind: 'not-bookable'; readonly classKey: string }
  /** Nothing brings codes to devices of its class. */
  | { readonly kind: 'no-codes'; readonly classKey: string }

export interface PodParts extends Pick<Platform, 'clock' | 'store'> {
  readonly directory: Pick<DeviceDirectory, 'lookup'>
}

/** Devices that can be booked. One that was removed is no pod any more. */
export class Pods {
  readonly #parts: PodParts

  constructor(parts: PodParts) {
    this.#parts = parts
  }

  async save(orgId: string, id: string, settings: PodSettings): Promise<Saved> {
    const record = this.#parts.directory.lookup(id)
    if (record?.orgId !== orgId) return { kind: 'no-device' }
    if (!record.deviceClass.bookable) return { kind: 'not-bookable', classKey: record.deviceClass.key }
    const takesCodes = record.deviceClass.commands.some(({ name }) => name === 'provisionCodes')
    if (settings.accessMode === 'offline' && !takesCodes)
      return { kind: 'no-codes', classKey: record.deviceClass.key }
    const before = await this.#pods(orgId).get(id)
    const createdAtMs = before?.document.createdAtMs ?? this.#parts.clock.nowMs()
    const { document } = await this.#pods(orgId).upsert({ id, ...settings, createdAtMs })
    return { kind: 'saved', pod: document, isNew: before === undefined }
  }

  async get(orgId: string, id: string): Promise<Pod | undefined> {
    if (!this.#isThere(orgId, id)) return undefined
    return (await this.#pods(orgId).get(id))?.document
  }

  async list(
    orgId: string,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Pod>> {
    const page = await this.#pods(orgId).find({}, { limit, ...(cursor === undefined ? {} : { cursor }) })
    return { ...page, items: page.items.filter(({ document }) => this.#isThere(orgId, document.id)) }
  }

  /** Of all that are like this. */
  async idsOf(orgId: string, filter: Filter): Promise<readonly string[]> {
    const ids: string[] = []
    for await (const { document } of everyDocument(this.#pods(orgId), filter))
      if (this.#isThere(orgId, document.id)) ids.push(document.id)
    return ids
  }

  /** Nearest first. */
  async near(
    orgId: string,
    point: GeoPoint,
    radiusMeters: number,
    limit: number,
  ): Promise<readonly { readonly pod: Pod; readonly distanceMeters: number }[]> {
    const found = await this.#pods(orgId).near(point, { radiusMeters, limit })
    return found
      .filter(({ document }) => this.#isThere(orgId, document.id))
      .map(({ distanceMeters, document }) => ({ pod: document, distanceMeters }))
  }

  async addBlock(orgId: string, block: Omit<PodBlock, 'createdAtMs'>): Promise<PodBlock> {
    const document = { ...block, createdAtMs: this.#parts.clock.nowMs() }
    await this.#blocks(orgId).insert(document)
    return document
  }

  async block(orgId: string, id: string): Promise<PodBlock | undefined> {
    return (await this.#blocks(orgId).get(id))?.document
  }

  async hasBlock(orgId: string, id: string): Promise<boolean> {
    return (await this.block(orgId, id)) !== undefined
  }

  async blocksOf(orgId: string, podId: string): Promise<readonly PodBlock[]> {
    const { items } = await this.#blocks(orgId).find(
      { podId },
      { sort: [{ path: 'fromMs', direction: 'ascending' }], limit: 1000 },
    )
    return items.map(({ document }) => document)
  }

  removeBlock(orgId: string, id: string): Promise<boolean> {
    return this.#blocks(orgId).remove(id)
  }

  #isThere(orgId: string, id: string): boolean {
    return this.#parts.directory.lookup(id)?.orgId === orgId
  }

  #pods(orgId: string): Collection<Pod> {
    return this.#parts.store.organization(orgId).collection(podCollection)
  }

  #blocks(orgId: string): Collection<PodBlock> {
    return this.#parts.store.organization(orgId).collection(blockCollection)
  }
}

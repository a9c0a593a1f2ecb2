import { z } from 'zod'
import type { CollectionSpec, Store } from '../../platform/store/port.ts'
import type { ArchivedPoint } from './columns.ts'

const newestSchema = z.strictObject({
  port: z.int(),
  ts: z.number(),
  rawValue: z.number(),
  calibratedValue: z.number(),
  quality: z.enum(['good', 'out-of-range', 'late', 'suspect']),
  ingestTs: z.number(),
})

/** What has to be known of a device without looking into the archive. */
const noteSchema = z.strictObject({
  /** The device's id. */
  id: z.string(),
  /** What was archived until then belongs to a device that was removed, epoch milliseconds. */
  removedAtMs: z.number().optional(),
  /** The newest reading of each port, where it has left the live series. */
  newest: z.array(newestSchema).default([]),
})

export const deviceNoteCollection: CollectionSpec<z.output<typeof noteSchema>> = {
  name: 'archived_devices',
  audit: 'none',
  schema: noteSchema,
}

export class DeviceNotes {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async removedAtMs(orgId: string, deviceId: string): Promise<number> {
    return (await this.#collection(orgId).get(deviceId))?.document.removedAtMs ?? -Infinity
  }

  async newest(orgId: string, deviceId: string): Promise<readonly ArchivedPoint[]> {
    return (await this.#collection(orgId).get(deviceId))?.document.newest ?? []
  }

  /** Keeps the points that are newer than those known of their ports. */
  async keepNewest(orgId: string, deviceId: string, points: readonly ArchivedPoint[]): Promise<void> {
    if (points.length === 0) return
    const merge = (known: readonly ArchivedPoint[]): ArchivedPoint[] => newestOf([...known, ...points])
    const notes = this.#collection(orgId)
    const updated = await notes.update(deviceId, (note) => ({ ...note, newest: merge(note.newest) }))
    if (updated.kind === 'missing') await notes.upsert({ id: deviceId, newest: merge([]) })
  }

  async deviceRemoved(orgId: string, deviceId: string, nowMs: number): Promise<void> {
    await this.#collection(orgId).upsert({ id: deviceId, removedAtMs: nowMs, newest: [] })
  }

  #collection(orgId: string) {
    return this.#store.organization(orgId).collection(deviceNoteCollection)
  }
}

/** The newest of each port, by port; of two with the same time the first. */
export function newestOf(points: readonly ArchivedPoint[]): ArchivedPoint[] {
  const newest = new Map<number, ArchivedPoint>()
  for (const point of points) {
    const known = newest.get(point.port)
    if (known === undefined || known.ts < point.ts) newest.set(point.port, point)
  }
  return [...newest.values()].sort((a, b) => a.port - b.port)
}

import { z } from 'zod'
import type { CollectionSpec, Store } from '../platform/store/port.ts'

/** Devices of one document, of an organization's: what is written again when one of them was heard of. */
const maxDevices = 4000

const seenTimesSchema = z.strictObject({
  /** The first of an organization is 0. */
  id: z.string(),
  devices: z.array(z.string()),
  /** In the order of `devices`, epoch milliseconds. */
  seenAt: z.array(z.int()),
})
type SeenTimesDocument = z.output<typeof seenTimesSchema>

export const seenTimesCollection: CollectionSpec<SeenTimesDocument> = {
  name: 'seen_times',
  audit: 'none',
  schema: seenTimesSchema,
}

export interface Seen {
  readonly deviceId: string
  readonly seenAt: number
}

/**
 * When devices were last heard of, as far as that is not in their states: some thousand of them in one document, since
 * it changes with every message, and a document for each device would cost more than all that is done with what it sends.
 */
export class SeenTimes {
  readonly #store: Pick<Store, 'everywhere' | 'organization'>
  /** How many documents an organization has. */
  readonly #counts = new Map<string, number>()

  constructor(store: Pick<Store, 'everywhere' | 'organization'>) {
    this.#store = store
  }

  /** Of all organizations, as they were written. @throws StoreUnavailable */
  async *all(): AsyncGenerator<Seen & { readonly orgId: string }> {
    let cursor: string | undefined
    do {
      // Few at once: they are large.
      const page = await this.#store.everywhere(seenTimesCollection, {}, { limit: 10, ...asOption(cursor) })
      for (const { document, orgId } of page.items) {
        this.#counts.set(orgId, Math.max(this.#counts.get(orgId) ?? 0, Number(document.id) + 1))
        for (const [place, deviceId] of document.devices.entries())
          yield { orgId, deviceId, seenAt: document.seenAt[place] ?? 0 }
      }
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /**
   * In place of all that was written before. Who stays is to stay in order: then it moves to an earlier document only,
   * which is written first, so it is in one of them whenever the process ends. @throws StoreUnavailable
   */
  async write(seen: ReadonlyMap<string, readonly Seen[]>): Promise<void> {
    for (const orgId of new Set([...this.#counts.keys(), ...seen.keys()]))
      await this.#writeOf(orgId, seen.get(orgId) ?? [])
  }

  async #writeOf(orgId: string, seen: readonly Seen[]): Promise<void> {
    const documents = this.#store.organization(orgId).collection(seenTimesCollection)
    const count = Math.ceil(seen.length / maxDevices)
    for (let n = 0; n < count; n++) {
      const some = seen.slice(n * maxDevices, (n + 1) * maxDevices)
      await documents.upsert({
        id: String(n),
        devices: some.map(({ deviceId }) => deviceId),
        seenAt: some.map(({ seenAt }) => seenAt),
      })
    }
    for (let n = count; n < (this.#counts.get(orgId) ?? 0); n++) await documents.remove(String(n))
    if (count === 0) this.#counts.delete(orgId)
    else this.#counts.set(orgId, count)
  }
}

const asOption = (cursor: string | undefined): { readonly cursor?: string } =>
  cursor === undefined ? {} : { cursor }

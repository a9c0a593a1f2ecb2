import { z } from 'zod'
import type { DeviceRecord } from '../devices/device.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Clock } from '../platform/clock.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Collection, CollectionSpec, Page, Store } from '../platform/store/port.ts'
import { scopeSchema } from './rule.ts'
import { isInScope } from './scope.ts'

export const maintenanceSchema = z.strictObject({
  id: z.string(),
  scope: scopeSchema,
  /** Epoch milliseconds. */
  fromMs: z.number(),
  toMs: z.number(),
  reason: z.string().nullable(),
})
export type MaintenanceWindow = z.output<typeof maintenanceSchema>

export const maintenanceCollection: CollectionSpec<MaintenanceWindow> = {
  name: 'maintenance_windows',
  schema: maintenanceSchema,
  indexes: [['toMs'], ['fromMs']],
}

export const maintenanceView = z.object({
  id: z.string(),
  scope: scopeSchema,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  reason: z.string().nullable(),
})
export const viewMaintenance = ({
  fromMs,
  id,
  reason,
  scope,
  toMs,
}: MaintenanceWindow): z.output<typeof maintenanceView> => ({
  id,
  scope,
  from: toIsoTime(fromMs),
  to: toIsoTime(toMs),
  reason,
})

/** Windows that one instant may be in. */
const maxAtOnce = 1000

export interface MaintenanceParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly secrets: Pick<Secrets, 'newId'>
}

/** When alerts are nobody's concern: they open, and are suppressed until the window ends. */
export class Maintenance {
  readonly #parts: MaintenanceParts

  constructor(parts: MaintenanceParts) {
    this.#parts = parts
  }

  async create(orgId: string, wanted: Omit<MaintenanceWindow, 'id'>): Promise<MaintenanceWindow> {
    const window = { ...wanted, id: this.#parts.secrets.newId() }
    await this.#of(orgId).insert(window)
    return window
  }

  /** The latest first. @throws InvalidCursor */
  list(
    orgId: string,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<MaintenanceWindow>> {
    return this.#of(orgId).find(
      {},
      {
        sort: [{ path: 'fromMs', direction: 'descending' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      },
    )
  }

  remove(orgId: string, id: string): Promise<boolean> {
    return this.#of(orgId).remove(id)
  }

  /** Until when the device is worked on, of all windows that it is in now; null when nobody does. @throws StoreUnavailable */
  async untilMs(orgId: string, record: DeviceRecord): Promise<number | null> {
    const nowMs = this.#parts.clock.nowMs()
    const { items } = await this.#of(orgId).find(
      { toMs: { $gt: nowMs }, fromMs: { $lte: nowMs } },
      { limit: maxAtOnce },
    )
    const ends = items
      .filter(({ document }) => isInScope(document, record))
      .map(({ document: { toMs } }) => toMs)
    return ends.length === 0 ? null : Math.max(...ends)
  }

  /** Forgets what ended before. */
  sweep(orgId: string, beforeMs: number): Promise<number> {
    return this.#of(orgId).removeMany({ toMs: { $lt: beforeMs } })
  }

  #of(orgId: string): Collection<MaintenanceWindow> {
    return this.#parts.store.organization(orgId).collection(maintenanceCollection)
  }
}

import { z } from 'zod'
import { everyDocument } from '../../platform/store/every-document.ts'
import type { CollectionSpec, Store } from '../../platform/store/port.ts'

/** A day that somebody wants back in the series, or has there. */
const holdSchema = z.strictObject({
  /** `2025-09-06`, or `2025-09-06:device` for one device alone. */
  id: z.string(),
  day: z.iso.date(),
  deviceId: z.string().optional(),
  state: z.enum(['requested', 'restored']),
  /** When it may be archived again, epoch milliseconds. */
  keepUntilMs: z.number(),
})
export type Hold = z.output<typeof holdSchema>

export const holdCollection: CollectionSpec<Hold> = {
  name: 'archive_holds',
  schema: holdSchema,
  indexes: [['state']],
}

/** All there are, those that have expired too. */
export async function holdsOf(store: Store, orgId: string): Promise<readonly Hold[]> {
  const holds: Hold[] = []
  for await (const { document } of everyDocument(store.organization(orgId).collection(holdCollection)))
    holds.push(document)
  return holds
}

/** Whether a hold keeps the device's day (`2025-09-06`) in the series. */
export function isHeld(
  holds: ReadonlyMap<string, Hold>,
  deviceId: string,
  day: string,
  nowMs: number,
): boolean {
  const keeps = (hold: Hold | undefined): boolean => hold !== undefined && hold.keepUntilMs > nowMs
  return keeps(holds.get(day)) || keeps(holds.get(`${day}:${deviceId}`))
}

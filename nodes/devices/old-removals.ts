/**
 * Removals that an earlier release has begun and not finished. It removed the device's document first and noted here what
 * was left to do; whoever updates in between still has it done.
 */
import { z } from 'zod'
import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { CollectionSpec, Store } from '../platform/store/port.ts'
import { removeTraces, type TraceParts } from './device-traces.ts'

const removalSchema = z.strictObject({
  /** The device's id. */
  id: z.string(),
  startedAtMs: z.int(),
})

export const deviceRemovalCollection: CollectionSpec<z.output<typeof removalSchema>> = {
  name: 'device_removals',
  audit: 'none',
  schema: removalSchema,
  indexes: [['startedAtMs']],
}

export async function isInOldRemoval(store: Store, deviceId: string): Promise<boolean> {
  const { items } = await store.everywhere(deviceRemovalCollection, { id: deviceId }, { limit: 1 })
  return items.length > 0
}

export async function finishOldRemovals(parts: TraceParts): Promise<void> {
  for await (const { document, orgId } of everyTenantDocument(parts.store, deviceRemovalCollection)) {
    await removeTraces(parts, orgId, document.id)
    await parts.store.organization(orgId).collection(deviceRemovalCollection).remove(document.id)
    parts.log.info({ orgId, deviceId: document.id }, 'the removal of a device was finished')
  }
}

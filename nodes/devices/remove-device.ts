import { z } from 'zod'
import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import type { Platform } from '../platform/platform.ts'
import { deviceCollection } from './collections.ts'

const removalSchema = z.strictObject({
  /** The device's id. */
  id: z.string(),
  startedAtMs: z.int(),
})

/** Devices whose removal has begun and is not through. */
export const deviceRemovalCollection: CollectionSpec<z.output<typeof removalSchema>> = {
  name: 'device_removals',
  schema: removalSchema,
  indexes: [['startedAtMs']],
}

export type RemovalParts = Pick<
  Platform,
  'broker' | 'clock' | 'deviceStates' | 'directory' | 'latest' | 'log' | 'series' | 'store'
>

/** Whether somebody's removal of a device of this id is not through: until then nobody can have the id. */
export async function isBeingRemoved(
  { store }: Pick<RemovalParts, 'store'>,
  deviceId: string,
): Promise<boolean> {
  const { items } = await store.everywhere(deviceRemovalCollection, { id: deviceId }, { limit: 1 })
  return items.length > 0
}

/**
 * Removes a device, its connection and its history. What it takes is written down first, so that after a failure or a
 * crash at any step it can be asked for again, and goes on by itself ({@link finishRemovals}); each step may be repeated.
 */
export async function removeDevice(parts: RemovalParts, orgId: string, deviceId: string): Promise<void> {
  const { broker, clock, deviceStates, directory, latest, series, store } = parts
  const organization = store.organization(orgId)
  const removals = organization.collection(deviceRemovalCollection)
  await removals.insert({ id: deviceId, startedAtMs: clock.nowMs() })
  await directory.changeDevice(orgId, deviceId, () =>
    organization.collection(deviceCollection).remove(deviceId),
  )
  await broker.disconnect(deviceId)
  await series.removeDevice(orgId, deviceId)
  await deviceStates.forget(orgId, deviceId)
  await latest.forget(orgId, deviceId)
  await removals.remove(deviceId)
}

/** Whoever is at it has had its time. */
const resumeAfterMs = 30_000

/** Goes on with removals that were begun and not finished. */
export async function finishRemovals(parts: RemovalParts): Promise<void> {
  const before = parts.clock.nowMs() - resumeAfterMs
  const begun = everyTenantDocument(parts.store, deviceRemovalCollection, { startedAtMs: { $lt: before } })
  for await (const { document, orgId } of begun) {
    await removeDevice(parts, orgId, document.id)
    parts.log.info({ orgId, deviceId: document.id }, 'the removal of a device was finished')
  }
}

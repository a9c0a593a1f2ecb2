import { z } from 'zod'
import type { Broker } from '../platform/broker/port.ts'
import type { Clock } from '../platform/clock.ts'
import type { LatestValues } from '../platform/latest/port.ts'
import type { Logger } from '../platform/logger.ts'
import type { SeriesStore } from '../platform/series/port.ts'
import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { CollectionSpec, Store } from '../platform/store/port.ts'
import { deviceCollection } from './collections.ts'
import type { DeviceStates } from './device-states.ts'
import type { DeviceDirectory } from './directory.ts'

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

export interface RemovalParts {
  readonly broker: Pick<Broker, 'disconnect'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly directory: Pick<DeviceDirectory, 'changeDevice' | 'lookup'>
  readonly latest: Pick<LatestValues, 'forget'>
  readonly log: Pick<Logger, 'info'>
  readonly series: Pick<SeriesStore, 'removeDevice'>
  readonly states: Pick<DeviceStates, 'forget'>
  readonly store: Store
}

/** Whether somebody's removal of a device of this id is not through: until then nobody can have the id. */
export async function isBeingRemoved(store: Store, deviceId: string): Promise<boolean> {
  const { items } = await store.everywhere(deviceRemovalCollection, { id: deviceId }, { limit: 1 })
  return items.length > 0
}

/**
 * Removes a device, its connection and its history; false where the organization has no such device. What it takes is written down first, so that after a failure or a
 * crash at any step it can be asked for again, and goes on by itself ({@link finishRemovals}); each step may be repeated.
 */
export async function removeDevice(parts: RemovalParts, orgId: string, deviceId: string): Promise<boolean> {
  const removals = parts.store.organization(orgId).collection(deviceRemovalCollection)
  const isOwn = parts.directory.lookup(deviceId)?.orgId === orgId
  if (!isOwn && (await removals.get(deviceId)) === undefined) return false
  await carryOut(parts, orgId, deviceId)
  return true
}

async function carryOut(parts: RemovalParts, orgId: string, deviceId: string): Promise<void> {
  const { broker, clock, directory, latest, series, states, store } = parts
  const organization = store.organization(orgId)
  const removals = organization.collection(deviceRemovalCollection)
  await removals.insert({ id: deviceId, startedAtMs: clock.nowMs() })
  await directory.changeDevice(orgId, deviceId, () =>
    organization.collection(deviceCollection).remove(deviceId),
  )
  await broker.disconnect(deviceId)
  await series.removeDevice(orgId, deviceId)
  await states.forget(orgId, deviceId)
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
    await carryOut(parts, orgId, document.id)
    parts.log.info({ orgId, deviceId: document.id }, 'the removal of a device was finished')
  }
}

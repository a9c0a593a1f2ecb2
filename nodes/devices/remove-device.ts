import type { Clock } from '../platform/clock.ts'
import { openAggregate } from '../platform/kit/decider/aggregate.ts'
import type { EventRelay } from '../platform/kit/events/relay.ts'
import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import { Unavailable } from '../platform/kit/unavailable.ts'
import type { Store } from '../platform/store/port.ts'
import { deviceCollection, type DeviceDocument } from './collections.ts'
import { deviceRemoval } from './device-removal.ts'
import { removeTraces, type TraceParts } from './device-traces.ts'
import type { DeviceDirectory } from './directory.ts'
import { isInOldRemoval } from './old-removals.ts'

export interface RemovalParts extends TraceParts {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly directory: Pick<DeviceDirectory, 'changeDevice'>
  readonly relay: Pick<EventRelay, 'offer' | 'whenIdle' | 'withoutRelayed'>
}

/** Whether somebody's removal of a device of this id is not through: until then nobody can have the id. */
export async function isBeingRemoved(store: Store, deviceId: string): Promise<boolean> {
  const { items } = await store.everywhere(deviceCollection, { id: deviceId }, { limit: 1 })
  return items.some(({ document }) => document.removedAt !== null) || isInOldRemoval(store, deviceId)
}

/**
 * Removes a device, its connection and its history; false where the organization has no such device. From the first write
 * on it is no device any more, and others hear of it (`DeviceRemoved`); what fails afterwards can be asked for again, and
 * goes on by itself ({@link removalJob}).
 */
export async function removeDevice(parts: RemovalParts, orgId: string, deviceId: string): Promise<boolean> {
  const { directory, store } = parts
  const documents = store.organization(orgId).collection(deviceCollection)
  if ((await documents.get(deviceId)) === undefined) return false
  const removals = openAggregate({ ...parts, collection: deviceCollection, decider: deviceRemoval })
  const { kind } = await directory.changeDevice(orgId, deviceId, () =>
    removals.handle(orgId, deviceId, { type: 'RemoveDevice' }),
  )
  if (kind !== 'done') return false
  await removeTraces(parts, orgId, deviceId)
  for (;;) {
    const stored = await documents.get(deviceId)
    if (stored === undefined || stored.document.removedAt === null) return true
    // Whoever has changed it meanwhile had it in hand, or has brought its event to the stream.
    if (await isTold(parts, orgId, stored.document)) await documents.remove(deviceId, stored.version)
  }
}

/** Events go with their document: it stays until they are on the stream. False when it has to be read again. */
async function isTold(
  { relay, store }: Pick<RemovalParts, 'relay' | 'store'>,
  orgId: string,
  document: DeviceDocument,
): Promise<boolean> {
  if (document.pendingSinceMs === null) return true
  relay.offer(deviceCollection, orgId, document)
  await relay.whenIdle()
  const stored = await store.organization(orgId).collection(deviceCollection).get(document.id)
  if (stored !== undefined && stored.document.pendingSinceMs !== null)
    throw new Unavailable('that the device is removed could not be told yet')
  return false
}

/** Goes on with what was begun and not finished, whoever began it. */
export const removalJob = (parts: RemovalParts): JobDefinition<DeviceDocument> =>
  defineJob<DeviceDocument>({
    name: 'removals of devices',
    collection: deviceCollection,
    of: 'organizations',
    leaseMs: 30_000,
    maxAtOnce: 4,
    retry: { firstMs: 1000, lastMs: 60_000 },
    async run({ document, orgId }) {
      await removeTraces(parts, orgId, document.id)
      await isTold(parts, orgId, document)
      parts.log.info({ orgId, deviceId: document.id }, 'the removal of a device was finished')
      return () => undefined
    },
  })

import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { OrganizationFileRefused } from '../../nodes/identity/organization-file/format.ts'
import {
  deviceIdsOf,
  type Removed,
  removeContent,
} from '../../nodes/identity/organization-file/remove-content.ts'
import { organizationCollection } from '../../nodes/identity/organization.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import { notedSpec, withoutNotes } from '../../nodes/platform/kit/audit/note.ts'
import type { CollectionSpec, Document } from '../../nodes/platform/store/port.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { moveOrganization, openSharedRedis, openStore, type Stores } from '../engines.ts'
import type { Settings } from '../env.ts'
import { openLatest } from '../open-latest.ts'
import { withParts } from './organization-file.ts'

const noSuch = (orgId: string): OrganizationFileRefused =>
  new OrganizationFileRefused(`There is no organization ${orgId}.`)

/**
 * All there is of an organization, and last its own document: one that is cut short is run again.
 * @throws OrganizationFileRefused when there is none
 */
export async function removeOrganization(
  settings: Settings,
  orgId: string,
  collections: readonly CollectionSpec<Document>[],
): Promise<Removed> {
  const removed = await withParts(settings, async (parts, { series }) => {
    if ((await parts.store.platform(organizationCollection).get(orgId)) === undefined) throw noSuch(orgId)
    await forgetWhatIsShared(settings, series, orgId, await deviceIdsOf(parts, orgId))
    return removeContent(parts, orgId)
  })
  // A database of its own is empty by now, and goes with the move out of it.
  await moveOrganization(settings, { orgId, to: 'pooled', collections }, () => removeLast(settings, orgId))
  return removed
}

/** Newest values, and when devices were heard of, in a Redis of several instances. */
async function forgetWhatIsShared(
  settings: Settings,
  series: Stores['series'],
  orgId: string,
  deviceIds: readonly string[],
): Promise<void> {
  const redis = await openSharedRedis(settings, silentLogger)
  if (redis === undefined) return
  try {
    const { latest, pulse } = await openLatest({ redis, series, clock: systemClock, log: silentLogger })
    for (const deviceId of deviceIds) {
      await latest.forget(orgId, deviceId)
      await pulse?.forget(deviceId)
    }
  } finally {
    redis.client.disconnect()
  }
}

/** Its own audit is gone, so who did it stands in that of the platform, and stands there first. */
async function removeLast(settings: Settings, orgId: string): Promise<void> {
  const { audit, close, unaudited } = await openStore(settings, silentLogger)
  try {
    const organizations = unaudited.platform(notedSpec(organizationCollection))
    const found = await organizations.get(orgId)
    if (found === undefined) throw noSuch(orgId)
    const organization = withoutNotes(found.document)
    await audit.trail.append('', [
      {
        // The same when it is run again.
        noteId: `removed ${orgId} ${organization.createdAt}`,
        chain: '',
        atMs: Date.now(),
        actor: { kind: 'command-line', id: userInfo().username },
        permission: 'modules:identity:organizations:delete',
        resource: `organizations/${orgId}`,
        before: organization,
        address: '',
        requestId: randomUUID(),
      },
    ])
    await audit.trail.tellHeads()
    await organizations.remove(orgId)
  } finally {
    await close()
  }
}

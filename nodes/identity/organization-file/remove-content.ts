import { everyDocument } from '../../platform/store/every-document.ts'
import { organizationCollection } from '../organization.ts'
import { archivePrefix, asStored, isAbout, type OrganizationParts } from './parts.ts'

export interface Removed {
  readonly documents: number
  readonly objects: number
}

/** As the domain of devices calls it, which knows this one and not the other way round. */
const deviceCollectionName = 'devices'

/** Its devices, and those that there are readings of. */
export async function deviceIdsOf(
  { collections, series, store }: Pick<OrganizationParts, 'collections' | 'series' | 'store'>,
  orgId: string,
): Promise<readonly string[]> {
  const ids = new Set((await series.oldest(orgId)).map(({ deviceId }) => deviceId))
  for (const spec of collections.filter(({ name }) => name === deviceCollectionName))
    for await (const { document } of everyDocument(store.organization(orgId).collection(asStored(spec))))
      ids.add(document.id)
  return [...ids]
}

/**
 * Removes all there is of an organization but its own document, while nobody uses the engines. What was cut short is done by
 * another call, which counts only what was left.
 */
export async function removeContent(
  { archive, collections, series, store }: OrganizationParts,
  orgId: string,
): Promise<Removed> {
  for (const { deviceId } of await series.oldest(orgId)) await series.removeDevice(orgId, deviceId)
  let objects = 0
  for await (const { key } of archive.list(archivePrefix(orgId))) {
    await archive.remove(key)
    objects += 1
  }
  let documents = 0
  for (const spec of (await store.bytesOf(orgId)) > 0 ? collections : [])
    documents += await store.organization(orgId).collection(asStored(spec)).removeMany({})
  for (const spec of collections.filter(({ audit }) => audit !== 'none')) {
    if (spec.name === organizationCollection.name) continue
    const platform = store.platform(asStored(spec))
    for await (const { document } of everyDocument(platform))
      if (isAbout(spec, document, orgId)) documents += Number(await platform.remove(document.id))
  }
  return { documents, objects }
}

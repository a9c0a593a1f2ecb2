import { type Organization, organizationCollection, organizationSchema } from '../organization.ts'
import type { CollectionSpec, Document, Scalar } from '../../platform/store/port.ts'
import { type DocumentLine, formatVersion, type Header, OrganizationFileRefused } from './format.ts'
import { readContent } from './lines.ts'
import { archivePrefix, asStored, fingerprintOf, isSealed, type OrganizationParts } from './parts.ts'
import { valueAt } from '../../platform/store/value-at.ts'

export interface Survey {
  readonly organization: Organization
  readonly sizes: { readonly documents: number; readonly readings: number; readonly objects: number }
}

/** Reads all of a file, and writes nothing. @throws OrganizationFileRefused for what cannot be brought along here */
export async function surveyFile(parts: OrganizationParts, file: string, header: Header): Promise<Survey> {
  const specs = knownSpecs(parts, header)
  const { orgId } = header
  const isSealedElsewhere = header.sealedBy !== fingerprintOf(parts.credentialSecret)
  const sizes = { documents: 0, readings: 0, objects: 0 }
  let organization: Organization | undefined
  let sealed = 0
  for await (const line of readContent(file)) {
    if (line.kind === 'readings') sizes.readings += line.readings.length
    else if (line.kind === 'object') {
      if (!line.key.startsWith(archivePrefix(orgId)))
        throw new OrganizationFileRefused(`${file} is of two organizations.`)
      sizes.objects += Number(line.isLast)
    } else {
      sizes.documents += 1
      const spec = specs.get(line.collection)
      if (spec === undefined) throw newer(line.collection)
      if (line.of === 'platform' && spec.name === organizationCollection.name)
        organization = organizationOf(line, orgId)
      else await refuseTaken(parts, spec, line)
      if (isSealedElsewhere && isSealed(line.collection, line.document)) sealed += 1
    }
  }
  if (organization === undefined) throw new OrganizationFileRefused(`${file} has no organization in it.`)
  if (sealed > 0)
    throw new OrganizationFileRefused(
      `${sealed} documents (second factors, webhooks) are sealed by another CREDENTIAL_SECRET than the one here: ` +
        'start this platform with that one, or remove them there and export again.',
    )
  return { organization, sizes }
}

function knownSpecs(
  { collections }: OrganizationParts,
  { collections: versions, version }: Header,
): ReadonlyMap<string, CollectionSpec<Document>> {
  if (version > formatVersion) throw newer(`format ${version}`)
  for (const spec of collections) if ((versions[spec.name] ?? 1) > (spec.version ?? 1)) throw newer(spec.name)
  return new Map(collections.map((spec) => [spec.name, spec]))
}

const newer = (what: string): OrganizationFileRefused =>
  new OrganizationFileRefused(`A newer program wrote the file: this one does not know its ${what}.`)

function organizationOf({ document }: DocumentLine, orgId: string): Organization {
  const { _audit, ...fields } = document
  const organization = organizationSchema.safeParse(fields).data
  if (organization?.id !== orgId) throw new OrganizationFileRefused('The file names two organizations.')
  return organization
}

/** What somebody else has here: ids of the platform's documents, and keys that are unique over it. */
async function refuseTaken(
  { store }: OrganizationParts,
  spec: CollectionSpec<Document>,
  { document, of }: DocumentLine,
): Promise<void> {
  const stored = asStored(spec)
  const taken = (what: string): OrganizationFileRefused =>
    new OrganizationFileRefused(`The ${what} of ${document.id} (${spec.name}) is taken here.`)
  if (of === 'platform' && (await store.platform(stored).get(document.id)) !== undefined) throw taken('id')
  const keys =
    of === 'platform' ? { ...spec.unique, ...spec.uniqueEverywhere } : (spec.uniqueEverywhere ?? {})
  for (const [key, paths] of Object.entries(keys)) {
    const values = paths.map((path) => [path, scalarAt(document, path)] as const)
    if ((values[0]?.[1] ?? null) === null) continue
    const filter = Object.fromEntries(values)
    const found =
      of === 'platform'
        ? (await store.platform(stored).find(filter, { limit: 1 })).items
        : (await store.everywhere(stored, filter, { limit: 1 })).items
    if (found.length > 0) throw taken(key)
  }
}

function scalarAt(document: object, path: string): Scalar {
  const value = valueAt(document, path)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

import { type Organization, organizationCollection } from '../organization.ts'
import { companyCollection } from '../company.ts'
import { qualities } from '../../platform/series/port.ts'
import type { CollectionSpec, Document } from '../../platform/store/port.ts'
import { upcasted } from '../../platform/store/upcasted.ts'
import { type DocumentLine, OrganizationFileRefused, type ReadingsLine } from './format.ts'
import { readContent, readHeader } from './lines.ts'
import { archivePrefix, asStored, type OrganizationParts } from './parts.ts'
import { removeContent } from './remove-content.ts'
import { surveyFile } from './survey-file.ts'

export interface Imported {
  readonly orgId: string
  readonly documents: number
  readonly readings: number
  readonly objects: number
  /** What it had there and cannot have here. */
  readonly left: readonly string[]
}

export interface ImportOptions {
  readonly file: string
  /** Where its documents go; as it was there when undefined. */
  readonly isolation: 'pooled' | 'dedicated' | undefined
  /** Puts the organization's own document there, the last of all. */
  readonly create: (organization: Organization) => Promise<void>
}

const documentsAtOnce = 50

/**
 * Brings an organization along from a file, while nobody else uses the engines. What an import of it that was cut short
 * has left is removed; then all of the file is looked at before anything is written, and the organization is there once
 * all of it is.
 * @throws OrganizationFileRefused
 */
export async function importOrganization(
  parts: OrganizationParts,
  { create, file, isolation }: ImportOptions,
): Promise<Imported> {
  const header = await readHeader(file)
  const { orgId } = header
  if ((await parts.store.platform(organizationCollection).get(orgId)) !== undefined)
    throw new OrganizationFileRefused(`There is an organization ${orgId} here.`)
  await refuseSharedArchive(parts, orgId)
  // What an import of it that was cut short has left.
  await removeContent(parts, orgId)
  const { organization, sizes } = await surveyFile(parts, file, header)
  const wanted = isolation ?? organization.isolation ?? 'pooled'
  if (wanted === 'dedicated') await dedicate(parts, orgId)
  await parts.archive.put(beganKey(orgId), Buffer.from(orgId))
  await bringContent(parts, file, orgId, header.collections)
  const { companyId, isolation: _, ...rest } = organization
  const company =
    companyId === undefined ? undefined : await parts.store.platform(companyCollection).get(companyId)
  const kept = { ...rest, ...(company === undefined ? {} : { companyId: company.document.id }) }
  await create(wanted === 'dedicated' ? { ...kept, isolation: wanted } : kept)
  await parts.archive.remove(beganKey(orgId))
  const left = companyId === undefined || company !== undefined ? [] : [`its company ${companyId}`]
  return { orgId, ...sizes, left }
}

async function dedicate({ store }: OrganizationParts, orgId: string): Promise<void> {
  if (store.dedicate === undefined) throw new OrganizationFileRefused('This store has one database for all.')
  await store.dedicate(orgId)
}

/** There while an import is under way, so that what a broken one has left is known for that. */
const beganKey = (orgId: string): string => `imports/${orgId}`

/** Objects that no import has left belong to an installation that shares the archive, and are not ours to remove. */
async function refuseSharedArchive({ archive }: OrganizationParts, orgId: string): Promise<void> {
  if (await hasAny(archive, beganKey(orgId))) return
  if (await hasAny(archive, archivePrefix(orgId)))
    throw new OrganizationFileRefused(
      `The archive here has objects of ${orgId}. If it is that of where the file comes from, give this installation one of its own (ARCHIVE_URL).`,
    )
}

async function hasAny(archive: OrganizationParts['archive'], prefix: string): Promise<boolean> {
  for await (const { key } of archive.list(prefix)) if (key !== '') return true
  return false
}

async function bringContent(
  parts: OrganizationParts,
  file: string,
  orgId: string,
  versions: Readonly<Record<string, number>>,
): Promise<void> {
  const { archive, series } = parts
  const documents = new DocumentWriter(parts, orgId, versions)
  let durable: Promise<void> = Promise.resolve()
  let pieces: Buffer[] = []
  for await (const line of readContent(file)) {
    if (line.kind === 'document') await documents.write(line)
    else if (line.kind === 'readings') durable = (await series.append(readingsOf(orgId, line))).durable
    else {
      pieces.push(Buffer.from(line.base64, 'base64'))
      if (!line.isLast) continue
      await archive.put(line.key, Buffer.concat(pieces))
      pieces = []
    }
  }
  await documents.flush()
  await series.flush()
  await durable
}

const readingsOf = (orgId: string, { deviceId, readings }: ReadingsLine) =>
  readings.map(([port, ts, rawValue, calibratedValue, quality, ingestTs]) => ({
    orgId,
    deviceId,
    port,
    ts,
    rawValue,
    calibratedValue,
    quality: qualities[quality] ?? 'good',
    ingestTs,
  }))

/** Inserts what stands together in one collection together. */
class DocumentWriter {
  readonly #parts: OrganizationParts
  readonly #orgId: string
  readonly #versions: Readonly<Record<string, number>>
  #spec: CollectionSpec<Document> | undefined
  #of: DocumentLine['of'] = 'organization'
  #waiting: Document[] = []

  constructor(parts: OrganizationParts, orgId: string, versions: Readonly<Record<string, number>>) {
    this.#parts = parts
    this.#orgId = orgId
    this.#versions = versions
  }

  async write({ collection, document, of }: DocumentLine): Promise<void> {
    // It is put there when all else is.
    if (of === 'platform' && collection === organizationCollection.name) return
    if (this.#spec?.name !== collection || this.#of !== of || this.#waiting.length >= documentsAtOnce) {
      await this.flush()
      this.#spec = this.#parts.collections.find(({ name }) => name === collection)
      this.#of = of
    }
    if (this.#spec !== undefined)
      this.#waiting.push(upcasted(asStored(this.#spec), document, this.#versions[collection] ?? 1))
  }

  async flush(): Promise<void> {
    const spec = this.#spec
    const waiting = this.#waiting
    this.#waiting = []
    if (spec === undefined || waiting.length === 0) return
    const { store } = this.#parts
    const stored = asStored(spec)
    const target =
      this.#of === 'platform' ? store.platform(stored) : store.organization(this.#orgId).collection(stored)
    for (const outcome of await target.insertInOrder(waiting))
      if (outcome.kind === 'duplicate')
        throw new OrganizationFileRefused(`The ${outcome.key} of a document of ${spec.name} is taken here.`)
  }
}

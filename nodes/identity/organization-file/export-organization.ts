import type { Archive } from '../../platform/archive/port.ts'
import { qualities } from '../../platform/series/port.ts'
import { everyDocument } from '../../platform/store/every-document.ts'
import { organizationCollection } from '../organization.ts'
import { type ContentLine, formatVersion, OrganizationFileRefused } from './format.ts'
import { writeLines } from './lines.ts'
import { archivePrefix, asStored, fingerprintOf, isAbout, type OrganizationParts } from './parts.ts'

export interface Exported {
  readonly documents: number
  readonly readings: number
  readonly objects: number
}

/** A document may be large: a page of them is in memory. */
const documentsAtOnce = 50
const readingsAtOnce = 2000
const pieceBytes = 1024 * 1024

/**
 * Writes all that there is of an organization, while nobody changes it, in memory that does not grow with it.
 * @throws OrganizationFileRefused when there is no such organization
 */
export async function exportOrganization(
  parts: OrganizationParts,
  what: {
    readonly orgId: string
    readonly file: string
    readonly takenAt: string
    readonly platformVersion: string
  },
): Promise<Exported> {
  const { file, orgId, ...said } = what
  if ((await parts.store.platform(organizationCollection).get(orgId)) === undefined)
    throw new OrganizationFileRefused(`There is no organization ${orgId}.`)
  const exported = { documents: 0, readings: 0, objects: 0 }
  const header = {
    kind: 'fleetloom-organization',
    version: formatVersion,
    orgId,
    ...said,
    collections: Object.fromEntries(parts.collections.map(({ name, version = 1 }) => [name, version])),
    sealedBy: fingerprintOf(parts.credentialSecret),
  } as const
  await writeLines(file, header, content(parts, orgId, exported))
  return exported
}

type Counts = { -readonly [name in keyof Exported]: number }

async function* content(
  parts: OrganizationParts,
  orgId: string,
  counts: Counts,
): AsyncGenerator<ContentLine> {
  for await (const line of documents(parts, orgId)) {
    counts.documents += 1
    yield line
  }
  for await (const line of readings(parts, orgId)) {
    counts.readings += line.readings.length
    yield line
  }
  for await (const { key } of parts.archive.list(archivePrefix(orgId))) {
    counts.objects += 1
    yield* pieces(parts.archive, key)
  }
}

async function* documents(
  { collections, store }: OrganizationParts,
  orgId: string,
): AsyncGenerator<ContentLine> {
  const page = { limit: documentsAtOnce }
  for (const spec of collections) {
    const collection = spec.name
    const own = store.organization(orgId).collection(asStored(spec))
    for await (const { document } of everyDocument(own, {}, page))
      yield { kind: 'document', of: 'organization', collection, document: { ...document } }
    if (spec.audit === 'none') continue
    for await (const { document } of everyDocument(store.platform(asStored(spec)), {}, page))
      if (isAbout(spec, document, orgId))
        yield { kind: 'document', of: 'platform', collection, document: { ...document } }
  }
}

async function* readings(
  { series }: Pick<OrganizationParts, 'series'>,
  orgId: string,
): AsyncGenerator<Extract<ContentLine, { kind: 'readings' }>> {
  const always = {
    orgId,
    fromMs: Number.MIN_SAFE_INTEGER,
    toMs: Number.MAX_SAFE_INTEGER,
    limit: readingsAtOnce,
  }
  for (const { deviceId } of await series.oldest(orgId)) {
    let cursor: string | undefined
    do {
      const page = await series.range({ ...always, deviceId, ...(cursor === undefined ? {} : { cursor }) })
      const rows = page.items.map(
        ({
          calibratedValue,
          ingestTs,
          port,
          quality,
          rawValue,
          ts,
        }): [number, number, number, number, number, number] => [
          port,
          ts,
          rawValue,
          calibratedValue,
          qualities.indexOf(quality),
          ingestTs,
        ],
      )
      if (rows.length > 0) yield { kind: 'readings', deviceId, readings: rows }
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }
}

async function* pieces(archive: Archive, key: string): AsyncGenerator<ContentLine> {
  for (let from = 0, isLast = false; !isLast; from += pieceBytes) {
    const piece = (await archive.read(key, from, from + pieceBytes)) ?? new Uint8Array()
    isLast = piece.length < pieceBytes
    yield { kind: 'object', key, isLast, base64: Buffer.from(piece).toString('base64') }
  }
}

import { createHash } from 'node:crypto'
import { z } from 'zod'

/**
 * What an organization has in the archive: a chain of entries, an object each, numbered from 1. Each names one file and
 * the hash of the entry before it, so that nothing can be changed, removed or put in between without breaking the chain.
 * Entries are only ever added.
 */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

export const manifestEntrySchema = z.strictObject({
  version: z.literal(1),
  orgId: z.string(),
  sequence: z.int().min(1),
  /** SHA-256 of the bytes of the entry before; null for the first. */
  previous: sha256.nullable(),
  archivedAt: z.iso.datetime(),
  /** The UTC day of all readings in the file. */
  day: z.iso.date(),
  file: z.strictObject({ key: z.string(), bytes: z.int().min(0), sha256 }),
  rows: z.int().min(1),
  /** The file's readings stand for those of the same device, port and time in files before it. */
  corrects: z.literal(true).optional(),
  /** Of what the rows say, see `hashRows`. */
  rowsSha256: sha256,
  /** Measuring times of the oldest and the newest reading, epoch milliseconds. */
  fromTs: z.number(),
  toTs: z.number(),
  /** In ascending order. */
  devices: z.array(z.string()).min(1),
})
export type ManifestEntry = z.output<typeof manifestEntrySchema>

const manifestFolder = (orgId: string): string => `org=${orgId}/manifest/`
export const manifestPrefix = manifestFolder
export const entryKey = (orgId: string, sequence: number): string =>
  `${manifestFolder(orgId)}${String(sequence).padStart(12, '0')}.json`
/** Named by content: writing the same rows again, after a crash, replaces the file by itself. */
export const partKey = (orgId: string, day: string, hash: string): string =>
  `org=${orgId}/day=${day}/part-${hash.slice(0, 24)}.parquet`

export const hashBytes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const encodeEntry = (entry: ManifestEntry): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(entry)}\n`)

export type EntryFault = { readonly kind: 'fault'; readonly reason: string }
export type CheckedEntry = { readonly kind: 'entry'; readonly entry: ManifestEntry; readonly hash: string }

/** Whether the bytes are the entry that belongs at this place of the chain. */
export function checkEntry(
  bytes: Uint8Array,
  place: { readonly orgId: string; readonly sequence: number; readonly previous: string | null },
): CheckedEntry | EntryFault {
  const parsed = parseEntry(bytes)
  if (parsed === undefined) return { kind: 'fault', reason: 'is no entry of a manifest' }
  if (parsed.orgId !== place.orgId) return { kind: 'fault', reason: `belongs to ${parsed.orgId}` }
  if (parsed.sequence !== place.sequence)
    return { kind: 'fault', reason: `has the number ${parsed.sequence}` }
  if (parsed.previous !== place.previous)
    return { kind: 'fault', reason: 'does not follow the entry before it' }
  return { kind: 'entry', entry: parsed, hash: hashBytes(bytes) }
}

function parseEntry(bytes: Uint8Array): ManifestEntry | undefined {
  try {
    return manifestEntrySchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data
  } catch {
    return undefined
  }
}

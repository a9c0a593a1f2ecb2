import { readChain } from './chain.ts'
import { dayMs, dayStart } from './days.ts'
import { ArchiveDamaged, reasonOf } from '../../platform/archive/errors.ts'
import { hashBytes, type ManifestEntry, manifestPrefix } from './manifest.ts'
import type { Archive } from '../../platform/archive/port.ts'
import { readPart } from './read-part.ts'
import { hashRows } from './rows-hash.ts'

/** What a look at everything an organization has in the archive has found. */
export interface Verified {
  readonly orgId: string
  readonly files: number
  readonly readings: number
  readonly bytes: number
  /** Each in words, naming the object. Empty when all is well. */
  readonly faults: readonly string[]
  /** Files that no manifest names: a crash has left them, and they may be removed. */
  readonly strays: readonly string[]
}

/** Organizations that have anything in the archive, in ascending order. */
export async function archivedOrganizations(archive: Archive): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { key } of archive.list('org=')) {
    const orgId = key.slice('org='.length, key.indexOf('/'))
    if (found.at(-1) !== orgId) found.push(orgId)
  }
  return found
}

/** Reads all of it: the chain of the manifest, and each file's bytes and rows. */
export async function verifyOrganization(archive: Archive, orgId: string): Promise<Verified> {
  const faults: string[] = []
  const named = new Set<string>()
  let files = 0
  let readings = 0
  let bytes = 0
  try {
    for await (const { entry } of readChain(archive, orgId)) {
      named.add(entry.file.key)
      const fault = await faultOf(archive, entry)
      if (fault !== undefined) faults.push(`${entry.file.key}: ${fault}`)
      files += 1
      readings += entry.rows
      bytes += entry.file.bytes
    }
  } catch (error) {
    if (!(error instanceof ArchiveDamaged)) throw error
    // What comes after a broken link cannot be told from what somebody has made up.
    faults.push(`${error.message} (what follows in the manifest was not looked at)`)
  }
  const strays: string[] = []
  for await (const { key } of archive.list(`org=${orgId}/`))
    if (!named.has(key) && !key.startsWith(manifestPrefix(orgId))) strays.push(key)
  return { orgId, files, readings, bytes, faults, strays: faults.length === 0 ? strays : [] }
}

async function faultOf(archive: Archive, entry: ManifestEntry): Promise<string | undefined> {
  const content = await archive.get(entry.file.key)
  if (content === undefined) return 'is missing'
  if (content.length !== entry.file.bytes) return `has ${content.length} bytes instead of ${entry.file.bytes}`
  if (hashBytes(content) !== entry.file.sha256) return 'was changed: its hash is another'
  try {
    const rows = await readPart(entry.file.key, content)
    if (rows.length !== entry.rows) return `has ${rows.length} readings instead of ${entry.rows}`
    if ((await hashRows(rows)) !== entry.rowsSha256) return 'has other readings than it had'
    if (rows.devices().join() !== entry.devices.join()) return 'has readings of other devices'
    const { fromTs, toTs } = rows.period()
    const day = dayStart(entry.day)
    if (fromTs !== entry.fromTs || toTs !== entry.toTs || fromTs < day || toTs >= day + dayMs)
      return 'has readings of another time'
    return undefined
  } catch (error) {
    return `cannot be read: ${reasonOf(error)}`
  }
}

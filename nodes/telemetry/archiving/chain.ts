import { ArchiveDamaged } from '../../platform/archive/errors.ts'
import {
  checkEntry,
  encodeEntry,
  entryKey,
  hashBytes,
  type ManifestEntry,
  manifestPrefix,
} from './manifest.ts'
import type { Archive } from '../../platform/archive/port.ts'

/** The end of an organization's chain of manifest entries, where the next one is put. */
export interface ChainEnd {
  readonly sequence: number
  readonly hash: string | null
}

export const chainStart: ChainEnd = { sequence: 0, hash: null }

/** So many entries are fetched at once. */
const fetchedAtOnce = 16

/**
 * The entries after `end`, in order, each checked against the one before it.
 * @throws ArchiveDamaged where the chain breaks
 */
export async function* readChain(
  archive: Archive,
  orgId: string,
  end: ChainEnd = chainStart,
): AsyncGenerator<{ readonly entry: ManifestEntry; readonly end: ChainEnd }> {
  let { sequence, hash } = end
  const after = end.sequence === 0 ? undefined : entryKey(orgId, end.sequence)
  const keys: string[] = []
  for await (const { key } of archive.list(manifestPrefix(orgId), after)) keys.push(key)
  for (let at = 0; at < keys.length; at += fetchedAtOnce) {
    const page = keys.slice(at, at + fetchedAtOnce)
    const contents = await Promise.all(page.map((key) => archive.get(key)))
    for (const [index, key] of page.entries()) {
      sequence += 1
      const content = contents[index]
      const isInPlace = key === entryKey(orgId, sequence) && content !== undefined
      if (!isInPlace) throw new ArchiveDamaged(`${entryKey(orgId, sequence)}: is missing`)
      const checked = checkEntry(content, { orgId, sequence, previous: hash })
      if (checked.kind === 'fault') throw new ArchiveDamaged(`${key}: ${checked.reason}`)
      hash = checked.hash
      yield { entry: checked.entry, end: { sequence, hash } }
    }
  }
}

/**
 * Puts the next entry at the end of the chain; durable when it resolves. Undefined when somebody else has put one there
 * meanwhile: read the chain again.
 */
export async function appendEntry(
  archive: Archive,
  end: ChainEnd,
  next: Omit<ManifestEntry, 'sequence' | 'previous' | 'version'>,
): Promise<{ readonly entry: ManifestEntry; readonly end: ChainEnd } | undefined> {
  const sequence = end.sequence + 1
  const entry: ManifestEntry = { version: 1, ...next, sequence, previous: end.hash }
  const bytes = encodeEntry(entry)
  const key = entryKey(next.orgId, sequence)
  if (!(await archive.create(key, bytes))) {
    // A request that was tried again may meet what its first try has done.
    const there = await archive.get(key)
    if (there === undefined || hashBytes(there) !== hashBytes(bytes)) return undefined
  }
  return { entry, end: { sequence, hash: hashBytes(bytes) } }
}

/**
 * The audit of an organization: entries that are only ever added, numbered without a gap, each with the hash of the one
 * before in its own, so that one that was changed or taken out shows. Pure.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { toIsoTime } from '../iso-time.ts'
import type { CollectionSpec } from '../../store/port.ts'
import type { Note } from './note.ts'
import { canonical } from './shown.ts'

const entrySchema = z.strictObject({
  /** Its number, from 1, with leading zeros: the next one's id is known before it is there. */
  id: z.string(),
  noteId: z.string(),
  at: z.iso.datetime(),
  atMs: z.number(),
  actor: z.strictObject({ kind: z.string(), id: z.string() }),
  permission: z.string(),
  /** The permission's last segment. */
  action: z.string(),
  /** `devices/d1`: what kind of thing and which. */
  resource: z.string(),
  resourceId: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  address: z.string(),
  requestId: z.string(),
  /** The hash of the entry before; empty for the first. */
  previous: z.string(),
  /** SHA-256, hex, of everything else that is here. */
  hash: z.string(),
})
export type AuditEntry = z.output<typeof entrySchema>

export const auditCollection: CollectionSpec<AuditEntry> = {
  name: 'audit',
  schema: entrySchema,
  audit: 'none',
  unique: { note: ['noteId'] },
  // Whoever asks for a resource by its kind and id is served by the one of the id.
  indexes: [['actor.id'], ['action'], ['resourceId'], ['atMs']],
}

const headSchema = z.strictObject({ id: z.literal('head'), seq: z.int(), hash: z.string() })
/** The last entry, or one not long before it: without it nobody could tell that the last ones were taken away. */
export const auditHeadCollection: CollectionSpec<z.output<typeof headSchema>> = {
  name: 'audit_heads',
  schema: headSchema,
  audit: 'none',
}

export interface Head {
  readonly seq: number
  readonly hash: string
}
export const noHead: Head = { seq: 0, hash: '' }

export const entryId = (seq: number): string => String(seq).padStart(12, '0')

export const headOf = ({ hash, id }: AuditEntry): Head => ({ seq: Number(id), hash })

/** Of `devices/d1`: `d1`. */
export const resourceIdIn = (resource: string): string => resource.slice(resource.indexOf('/') + 1)

function nextEntry({ hash: previous, seq }: Head, note: Note): AuditEntry {
  const { chain: _, ...fields } = note
  const entry = {
    ...fields,
    id: entryId(seq + 1),
    at: toIsoTime(note.atMs),
    action: note.permission.slice(note.permission.lastIndexOf(':') + 1),
    resourceId: resourceIdIn(note.resource),
    previous,
  }
  return { ...entry, hash: hashOf(entry) }
}

/** One for each note, each behind the one before it. */
export function entriesAfter(head: Head, notes: readonly Note[]): readonly AuditEntry[] {
  let last = head
  return notes.map((note) => {
    const entry = nextEntry(last, note)
    last = headOf(entry)
    return entry
  })
}

const hashOf = (entry: Omit<AuditEntry, 'hash'>): string =>
  createHash('sha256').update(canonical(entry)).digest('hex')

/** Whether this entry follows the one before it, and is as it was written. */
export function follows({ hash: previous, seq }: Head, entry: AuditEntry): boolean {
  const { hash, ...rest } = entry
  return entry.id === entryId(seq + 1) && entry.previous === previous && hash === hashOf(rest)
}

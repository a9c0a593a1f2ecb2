import { z } from 'zod'
import type { AuditEntry } from '../platform/kit/audit/chain.ts'
import type { AuditQuery } from '../platform/kit/audit/audit-trail.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'

/** Of lists and exports alike. */
export const entryQuery = z.object({
  actor: z.string().max(200).optional().describe('The id of who did it'),
  action: z.string().max(64).optional().describe('The last segment of the permission: `create`, `update`, …'),
  resource: z.string().max(600).optional().describe('`devices/d1`, or the id alone'),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional().describe('Not included'),
})

export const toQuery = ({ from, to, ...rest }: z.output<typeof entryQuery>): AuditQuery => ({
  ...rest,
  fromMs: from === undefined ? undefined : parseIsoTime(from),
  toMs: to === undefined ? undefined : parseIsoTime(to),
})

export const entryView = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  actor: z.object({ kind: z.string(), id: z.string() }),
  /** Null for what belongs to no organization. */
  orgId: z.string().nullable(),
  permission: z.string(),
  resource: z.string(),
  before: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Absent for what was made; secrets are left out'),
  after: z.record(z.string(), z.unknown()).optional().describe('Absent for what was removed'),
  address: z.string(),
  requestId: z.string(),
  hash: z.string(),
})
export type EntryView = z.output<typeof entryView>

const recordSchema = z.record(z.string(), z.unknown())

export function viewEntry(orgId: string, entry: AuditEntry): EntryView {
  const { actor, address, after, at, before, hash, id, permission, requestId, resource } = entry
  return {
    id,
    at,
    actor,
    orgId: orgId === '' ? null : orgId,
    permission,
    resource,
    ...(before === undefined ? {} : { before: recordSchema.parse(before) }),
    ...(after === undefined ? {} : { after: recordSchema.parse(after) }),
    address,
    requestId,
    hash,
  }
}

import { z } from 'zod'
import { domain } from '../domain.ts'
import { entryQuery, type EntryView, entryView, toQuery, viewEntry } from '../entry-view.ts'
import type { AuditEntry } from '../../platform/kit/audit/chain.ts'
import { csvCells, csvRowEnd } from '../../platform/kit/csv.ts'
import { defineOperation, replyStream } from '../../platform/kit/endpoints/operation.ts'

const mediaTypes = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const
const columns = [
  'id',
  'at',
  'actorKind',
  'actorId',
  'orgId',
  'permission',
  'resource',
  'before',
  'after',
  'address',
  'requestId',
  'hash',
]

export const operation = defineOperation({
  id: 'exportAudit',
  method: 'get',
  path: '/api/v1/audit/export',
  tag: 'audit',
  summary: 'All entries as a download, the oldest first; sent as they are read',
  access: 'modules:audit:entries:read',
  scope: 'optional',
  needs: { audit: domain },
  query: entryQuery.extend({ format: z.enum(['ndjson', 'csv']).default('ndjson') }),
  responses: {
    200: {
      description:
        'One JSON object a line, or CSV with a header row. A transfer that is cut short is not complete',
      content: { 'application/x-ndjson': entryView, 'text/csv': z.string() },
    },
  },
  async handle({ orgId, query: { format, ...query } }, { audit }) {
    const entries = viewed(orgId, audit.all(orgId, toQuery(query)))
    return replyStream(mediaTypes[format], format === 'csv' ? toCsv(entries) : toNdjson(entries), {
      'content-disposition': `attachment; filename="audit.${format}"`,
      'cache-control': 'no-store',
    })
  },
})

async function* viewed(orgId: string, entries: AsyncIterable<AuditEntry>): AsyncGenerator<EntryView, void> {
  for await (const entry of entries) yield viewEntry(orgId, entry)
}

async function* toNdjson(entries: AsyncIterable<EntryView>): AsyncGenerator<string, void> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`
}

async function* toCsv(entries: AsyncIterable<EntryView>): AsyncGenerator<string, void> {
  yield csvCells(columns) + csvRowEnd
  for await (const {
    actor,
    address,
    after,
    at,
    before,
    hash,
    id,
    orgId,
    permission,
    requestId,
    resource,
  } of entries) {
    const [was, is] = [before, after].map((part) => (part === undefined ? '' : JSON.stringify(part)))
    yield (
      csvCells([
        id,
        at,
        actor.kind,
        actor.id,
        orgId ?? '',
        permission,
        resource,
        was ?? '',
        is ?? '',
        address,
        requestId,
        hash,
      ]) + csvRowEnd
    )
  }
}

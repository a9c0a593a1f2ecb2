import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as telemetryDomain } from '../domain.ts'
import { ingestKeyView, viewIngestKey } from '../ingest-key.ts'

export const operation = defineOperation({
  id: 'listIngestKeys',
  method: 'get',
  path: '/api/v1/ingest-keys',
  tag: 'ingest-keys',
  summary: 'Keys that others bring messages with, without their secrets',
  access: 'modules:iot:ingest-keys:read',
  query: listQuery,
  responses: { 200: { description: 'A page of keys', schema: listOf(ingestKeyView) } },
  needs: { telemetry: telemetryDomain },
  async handle({ orgId, query: { cursor, limit } }, { telemetry }) {
    const page = await telemetry.ingestKeys.list(orgId, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return replyPage(
      page,
      page.items.map(({ document }) => viewIngestKey(document)),
    )
  },
})

import { z } from 'zod'
import { domain } from '../domain.ts'
import { monthIn } from '../fiscal.ts'
import { timeZoneOf } from '../../identity/organization.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { creditsOf } from '../ledger-transaction.ts'
import { defineOperation, refuse, replyStream } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { csvCells, csvRowEnd } from '../../platform/kit/csv.ts'
import type { LedgerTransaction } from '../ledger-transaction.ts'
import { noSuchWallet } from './parts.ts'

export const operation = defineOperation({
  id: 'getStatement',
  method: 'get',
  path: '/api/v1/statements',
  tag: 'wallets',
  summary:
    'What changed a wallet in a month where the organization is, as CSV: of whoever calls, or for operators of a user',
  access: 'modules:billing:wallets:read',
  ownership: 'modules:billing:own-wallet:read',
  needs: { ...kit('store'), billing: domain },
  query: z.object({
    month: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'must be a month such as 2026-03'),
    userId: z.string().max(200).optional(),
  }),
  responses: { 200: { description: 'A row for each entry', content: { 'text/csv': z.string() } } },
  async handle(request, { billing, store }) {
    const { orgId, ownerId, query } = request
    const userId = query.userId ?? userIdOf(request)
    if (userId === undefined) return refuse(invalid('query.userId', 'is needed'))
    if (ownerId !== undefined && ownerId !== userId) return noSuchWallet()
    const { fromMs, toMs } = monthIn(query.month, await timeZoneOf(store, orgId))
    const filter = {
      userId,
      kind: { $nin: ['hold', 'release'] },
      atMs: { $gte: fromMs, $lt: toMs },
    }
    const name = `statement-${query.month}.csv`
    return replyStream('text/csv; charset=utf-8', rowsOf(billing.ledger.everyEntry(orgId, filter)), {
      'content-disposition': `attachment; filename="${name}"`,
    })
  },
})

async function* rowsOf(entries: AsyncIterable<LedgerTransaction>): AsyncGenerator<string> {
  yield csvCells(['at', 'id', 'kind', 'amount', 'source', 'reason']) + csvRowEnd
  for await (const entry of entries) {
    const { atMs, id, kind, reason, source } = entry
    const cells = [toIsoTime(atMs), id, kind, creditsOf(entry), `${source.kind} ${source.id}`, reason ?? '']
    yield csvCells(cells) + csvRowEnd
  }
}

import { z } from 'zod'
import { domain } from '../domain.ts'
import { creditsOf } from '../ledger-transaction.ts'
import { defineOperation, refuse, replyStream } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { parseIsoTime, toIsoTime } from '../../platform/kit/iso-time.ts'
import { csvCells, csvRowEnd } from '../../platform/kit/csv.ts'
import type { LedgerTransaction } from '../ledger-transaction.ts'
import { noSuchWallet } from './parts.ts'

export const operation = defineOperation({
  id: 'getStatement',
  method: 'get',
  path: '/api/v1/statements',
  tag: 'wallets',
  summary: 'What changed a wallet in a month of UTC, as CSV: of whoever calls, or for operators of a user',
  access: 'modules:billing:wallets:read',
  ownership: 'modules:billing:own-wallet:read',
  needs: { billing: domain },
  query: z.object({
    month: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'must be a month such as 2026-03'),
    userId: z.string().max(200).optional(),
  }),
  responses: { 200: { description: 'A row for each entry', content: { 'text/csv': z.string() } } },
  async handle(request, { billing }) {
    const { orgId, ownerId, query } = request
    const userId = query.userId ?? userIdOf(request)
    if (userId === undefined) return refuse(invalid('query.userId', 'is needed'))
    if (ownerId !== undefined && ownerId !== userId) return noSuchWallet()
    const filter = {
      userId,
      kind: { $nin: ['hold', 'release'] },
      atMs: { $gte: startOf(query.month), $lt: startOf(monthAfter(query.month)) },
    }
    const name = `statement-${query.month}.csv`
    return replyStream('text/csv; charset=utf-8', rowsOf(billing.ledger.everyEntry(orgId, filter)), {
      'content-disposition': `attachment; filename="${name}"`,
    })
  },
})

const startOf = (month: string): number => parseIsoTime(`${month}-01T00:00:00Z`)

function monthAfter(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const next = number === 12 ? [year + 1, 1] : [year, number + 1]
  return next.map((part, n) => String(part).padStart(n === 0 ? 4 : 2, '0')).join('-')
}

async function* rowsOf(entries: AsyncIterable<LedgerTransaction>): AsyncGenerator<string> {
  yield csvCells(['at', 'id', 'kind', 'amount', 'source', 'reason']) + csvRowEnd
  for await (const entry of entries) {
    const { atMs, id, kind, reason, source } = entry
    const cells = [toIsoTime(atMs), id, kind, creditsOf(entry), `${source.kind} ${source.id}`, reason ?? '']
    yield csvCells(cells) + csvRowEnd
  }
}

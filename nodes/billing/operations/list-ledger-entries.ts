import { z } from 'zod'
import { domain } from '../domain.ts'
import { transactionView, viewTransaction } from '../ledger-transaction.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { spanFilter, spanQuery } from './parts.ts'

export const operation = defineOperation({
  id: 'listLedgerEntries',
  method: 'get',
  path: '/api/v1/ledger/entries',
  tag: 'ledger',
  summary: 'The entries of the ledger, newest first; the lines of each sum to zero',
  access: 'modules:billing:ledger:read',
  needs: { billing: domain },
  query: listQuery.extend({ account: z.string().max(300).optional(), ...spanQuery }),
  responses: { 200: { description: 'A page of entries', schema: listOf(transactionView) } },
  async handle({ orgId, query }, { billing }) {
    const { account } = query
    const filter = { ...spanFilter(query), ...(account === undefined ? {} : { accounts: account }) }
    const page = await billing.ledger.entries(orgId, filter, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewTransaction(document)),
    )
  },
})

import { domain } from '../domain.ts'
import { viewEntry, walletEntryView } from '../ledger-transaction.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { noSuchWallet, spanFilter, spanQuery } from './parts.ts'

export const operation = defineOperation({
  id: 'listWalletEntries',
  method: 'get',
  path: '/api/v1/wallet/entries',
  tag: 'wallets',
  summary: 'What changed the balance of whoever calls, newest first',
  access: 'modules:billing:own-wallet:read',
  needs: { billing: domain },
  query: listQuery.extend(spanQuery),
  responses: { 200: { description: 'A page of entries', schema: listOf(walletEntryView) } },
  async handle(request, { billing }) {
    const { orgId, query } = request
    const userId = userIdOf(request)
    if (userId === undefined) return noSuchWallet()
    // Holding and releasing leave the balance as it is.
    const moving = { userId, kind: { $nin: ['hold', 'release'] }, ...spanFilter(query) }
    const page = await billing.ledger.entries(orgId, moving, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewEntry(document)),
    )
  },
})

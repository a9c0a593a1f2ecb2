import { domain } from '../domain.ts'
import { viewWallet, walletView } from '../wallet.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { noSuchWallet } from './parts.ts'

export const operation = defineOperation({
  id: 'getWallet',
  method: 'get',
  path: '/api/v1/wallet',
  tag: 'wallets',
  summary: 'The credits of whoever calls; what is held for bookings is a part of the balance',
  access: 'modules:billing:own-wallet:read',
  needs: { billing: domain },
  responses: { 200: { description: 'The wallet', schema: walletView } },
  async handle(request, { billing }) {
    const userId = userIdOf(request)
    if (userId === undefined) return noSuchWallet()
    return reply(200, viewWallet(await billing.ledger.wallet(request.orgId, userId)))
  },
})

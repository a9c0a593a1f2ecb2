import { z } from 'zod'
import { domain } from '../domain.ts'
import { domain as identityDomain } from '../../identity/domain.ts'
import { viewWallet, walletView } from '../wallet.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { isUserOf } from '../is-user-of.ts'
import { noSuchWallet } from './parts.ts'

export const operation = defineOperation({
  id: 'getWalletOf',
  method: 'get',
  path: '/api/v1/wallets/:id',
  tag: 'wallets',
  summary: 'The credits of a user; members see their own',
  access: 'modules:billing:wallets:read',
  ownership: 'modules:billing:own-wallet:read',
  needs: { billing: domain, identity: identityDomain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The wallet', schema: walletView } },
  async handle(request, { billing, identity }) {
    const { orgId, ownerId, params } = request
    if (ownerId !== undefined && ownerId !== params.id) return noSuchWallet()
    if (!(await isUserOf(identity, orgId, params.id))) return noSuchWallet()
    return reply(200, viewWallet(await billing.ledger.wallet(orgId, params.id)))
  },
})

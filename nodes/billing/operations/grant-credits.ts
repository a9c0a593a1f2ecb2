import { z } from 'zod'
import { domain } from '../domain.ts'
import { domain as identityDomain } from '../../identity/domain.ts'
import { transactionView, viewTransaction } from '../ledger-transaction.ts'
import { viewWallet, walletView } from '../wallet.ts'
import { isUserOf } from '../is-user-of.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { once } from '../../platform/kit/endpoints/idempotency.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf } from '../../platform/kit/endpoints/owner.ts'
import { creditsSchema, noSuchWallet, reasonSchema } from './parts.ts'

const id = 'grantCredits'

export const operation = defineOperation({
  id,
  method: 'post',
  path: '/api/v1/wallets/:id/grants',
  tag: 'wallets',
  summary: 'Give a user credits',
  access: 'modules:billing:grants:create',
  isOncePerKey: true,
  needs: { ...kit('clock', 'secrets', 'store'), billing: domain, identity: identityDomain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({ credits: creditsSchema, reason: reasonSchema }),
  responses: {
    201: {
      description: 'They are in the wallet',
      schema: z.object({ grant: transactionView, wallet: walletView }),
    },
  },
  handle: (request, { billing, identity, ...parts }) =>
    once(parts, id, request, async (grantId) => {
      const { body, orgId, params } = request
      if (!(await isUserOf(identity, orgId, params.id))) return noSuchWallet()
      const posted = await billing.ledger.post(
        orgId,
        params.id,
        { type: 'Grant', id: grantId, ...body },
        actorOf(request),
      )
      if (posted.kind !== 'posted') throw new Error(`a grant was ${posted.kind}`)
      const wallet = await billing.ledger.wallet(orgId, params.id)
      const location = `/api/v1/wallets/${encodeURIComponent(params.id)}`
      return reply(
        201,
        { grant: viewTransaction(posted.transaction), wallet: viewWallet(wallet) },
        { location },
      )
    }),
})

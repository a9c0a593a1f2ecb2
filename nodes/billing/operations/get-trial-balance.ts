import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'getTrialBalance',
  method: 'get',
  path: '/api/v1/ledger/trial-balance',
  tag: 'ledger',
  summary: 'What the entries of each account come to, counted anew; all of them together come to zero',
  access: 'modules:billing:ledger:read',
  needs: { billing: domain },
  responses: {
    200: {
      description: 'Every account that was ever moved',
      schema: z.object({
        accounts: z.array(z.object({ account: z.string(), currency: z.string(), balance: z.int() })),
        sum: z.int(),
      }),
    },
  },
  async handle({ orgId }, { billing }) {
    const accounts = await billing.ledger.trialBalance(orgId)
    return reply(200, { accounts, sum: accounts.reduce((sum, { balance }) => sum + balance, 0) })
  },
})

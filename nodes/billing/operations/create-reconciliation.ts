import { z } from 'zod'
import { domain } from '../domain.ts'
import { reconciliationView, viewReconciliation } from '../reconciliation.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'

export const operation = defineOperation({
  id: 'createReconciliation',
  method: 'post',
  path: '/api/v1/reconciliations',
  tag: 'ledger',
  summary: 'Compare the purchases of a day of UTC with what the providers have of it',
  access: 'modules:billing:reconciliations:create',
  needs: { ...kit('clock'), billing: domain },
  body: z.strictObject({ date: z.iso.date() }),
  responses: {
    201: {
      description: 'What differs, by provider',
      schema: z.object({
        date: z.string(),
        reconciliations: z.array(reconciliationView),
        differences: reconciliationView.shape.differences,
      }),
    },
  },
  async handle({ body: { date }, orgId }, { billing, clock }) {
    const fromMs = parseIsoTime(`${date}T00:00:00Z`)
    if (fromMs > clock.nowMs()) return refuse(invalid('body.date', 'is still to come'))
    const done = await billing.reconciling.run(orgId, date, fromMs)
    return reply(
      201,
      {
        date,
        reconciliations: done.map(viewReconciliation),
        differences: done.flatMap(({ differences }) => differences),
      },
      { location: '/api/v1/reconciliations' },
    )
  },
})

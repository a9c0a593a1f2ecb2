import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'deleteDeadLetter',
  method: 'delete',
  path: '/api/v1/dead-letters/:id',
  tag: 'dead-letters',
  summary: 'Throw one dead letter away',
  access: 'modules:iot:dead-letters:delete',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'Thrown away' } },
  needs: kit('store'),
  async handle({ params, orgId }, { store }) {
    const isRemoved = await store.organization(orgId).collection(deadLetterCollection).remove(params.id)
    return isRemoved ? reply(204) : refuse(problem(404, 'no such dead letter'))
  },
})

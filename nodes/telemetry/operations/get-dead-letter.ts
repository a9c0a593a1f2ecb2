import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { deadLetterSchema } from '../dead-letter.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'getDeadLetter',
  method: 'get',
  path: '/api/v1/dead-letters/:id',
  tag: 'dead-letters',
  summary: 'One dead letter',
  access: 'modules:iot:dead-letters:read',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The dead letter', schema: deadLetterSchema } },
  needs: kit('store'),
  async handle({ params, orgId }, { store }) {
    const stored = await store.organization(orgId).collection(deadLetterCollection).get(params.id)
    return stored === undefined ? refuse(problem(404, 'no such dead letter')) : reply(200, stored.document)
  },
})

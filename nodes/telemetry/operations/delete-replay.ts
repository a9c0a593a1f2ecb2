import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { isOpen, replayCollection } from '../replay-job.ts'
import { replaysOf } from '../replay-service.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'deleteReplay',
  method: 'delete',
  path: '/api/v1/replays/:id',
  tag: 'replays',
  summary: 'Cancel a replay; one that has ended is forgotten',
  access: 'modules:iot:replays:delete',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'It stops within a second or two, or is forgotten' } },
  needs: kit('clock', 'relay', 'store'),
  async handle({ params: { id }, orgId }, needed) {
    const { relay, store } = needed
    const documents = store.organization(orgId).collection(replayCollection)
    const stored = await documents.get(id)
    if (stored === undefined) return refuse(problem(404, 'no such replay'))
    if (isOpen(stored.document)) await replaysOf(needed).handle(orgId, id, { type: 'CancelReplay' })
    else {
      // Its events go with it: they are on the stream before.
      relay.offer(replayCollection, orgId, stored.document)
      await relay.whenIdle()
      await documents.remove(id)
    }
    return reply(204)
  },
})

import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { ended, isOpen, replayCollection } from '../replay-job.ts'

export const operation = defineOperation({
  id: 'deleteReplay',
  method: 'delete',
  path: '/api/v1/replays/:id',
  tag: 'replays',
  summary: 'Cancel a replay; one that has ended is forgotten',
  access: 'modules:iot:replays:delete',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'It stops within a second or two, or is forgotten' } },
  async handle({ params, orgId }, { clock, store }) {
    const jobs = store.organization(orgId).collection(replayCollection)
    const stored = await jobs.get(params.id)
    if (stored === undefined) return refuse(problem(404, 'no such replay'))
    if (!isOpen(stored.document)) await jobs.remove(params.id)
    else {
      await jobs.update(params.id, (job) => (isOpen(job) ? ended(job, 'cancelled', clock.nowMs()) : job))
    }
    return reply(204)
  },
})

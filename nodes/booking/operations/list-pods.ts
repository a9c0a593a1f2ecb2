import { domain } from '../domain.ts'
import { podView, viewPod } from '../pod.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listPods',
  method: 'get',
  path: '/api/v1/pods',
  tag: 'pods',
  summary: 'What can be booked, by id',
  access: 'modules:booking:pods:read',
  needs: { booking: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of pods', schema: listOf(podView) } },
  async handle({ orgId, query }, { booking }) {
    const page = await booking.pods.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewPod(document)),
    )
  },
})

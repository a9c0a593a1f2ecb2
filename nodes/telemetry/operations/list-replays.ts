import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { replayCollection, replaySchema, viewReplay } from '../replay-job.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'listReplays',
  method: 'get',
  path: '/api/v1/replays',
  tag: 'replays',
  summary: 'Replays, newest first',
  access: 'modules:iot:replays:read',
  query: listQuery,
  responses: { 200: { description: 'A page of replays', schema: listOf(replaySchema) } },
  needs: kit('store'),
  async handle({ query: { limit, cursor }, orgId }, { store }) {
    const page = await store
      .organization(orgId)
      .collection(replayCollection)
      .find(
        {},
        {
          sort: [{ path: 'requestedAt', direction: 'descending' }],
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        },
      )
    return replyPage(
      page,
      page.items.map(({ document }) => viewReplay(document)),
    )
  },
})

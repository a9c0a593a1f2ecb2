import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { retentionView, viewRetention } from '../archive-views.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'getRetention',
  method: 'get',
  path: '/api/v1/archive/retention',
  tag: 'archive',
  summary: 'How archiving of what is past retention is doing: last run, what it did, what it failed with',
  access: 'modules:iot:archive:read',
  responses: { 200: { description: 'The state of retention', schema: retentionView } },
  needs: kit('archive', 'clock'),
  handle: async ({ orgId }, { archive, clock }) =>
    reply(200, viewRetention(await archive.state(orgId), clock.nowMs())),
})

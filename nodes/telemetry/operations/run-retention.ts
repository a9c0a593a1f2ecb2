import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { retentionView, viewRetention } from '../archive-views.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'runRetention',
  method: 'post',
  path: '/api/v1/archive/run',
  tag: 'archive',
  summary: 'Archive what is past retention now, rather than tonight',
  access: 'modules:iot:archive:run',
  responses: { 202: { description: 'It is under way, or about to be', schema: retentionView } },
  needs: kit('archive', 'audit', 'clock'),
  async handle({ orgId }, { archive, audit, clock }) {
    await audit.noteAct('archive')
    await archive.run(orgId)
    return reply(202, viewRetention(await archive.state(orgId), clock.nowMs()))
  },
})

import { z } from 'zod'
import { bulkView } from '../bulk.ts'
import { domain } from '../domain.ts'
import { noSuchCommand } from '../no-such-command.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'getBulkCommand',
  method: 'get',
  path: '/api/v1/commands/bulk/:id',
  tag: 'commands',
  summary: 'How far a command to many devices is',
  access: 'modules:iot:commands:read',
  needs: { commands: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'Commands by status', schema: z.object({ bulk: bulkView }) } },
  async handle({ orgId, params }, { commands }) {
    const bulk = await commands.bulks.get(orgId, params.id)
    return bulk === undefined ? noSuchCommand() : reply(200, { bulk })
  },
})

import { z } from 'zod'
import { commandView, viewCommand } from '../command.ts'
import { domain } from '../domain.ts'
import { noSuchCommand } from '../no-such-command.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'getCommand',
  method: 'get',
  path: '/api/v1/commands/:id',
  tag: 'commands',
  summary: 'One command and how far it is',
  access: 'modules:iot:commands:read',
  needs: { commands: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The command', schema: z.object({ command: commandView }) } },
  async handle({ orgId, params }, { commands }) {
    const command = await commands.get(orgId, params.id)
    return command === undefined ? noSuchCommand() : reply(200, { command: viewCommand(command) })
  },
})

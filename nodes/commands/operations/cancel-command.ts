import { z } from 'zod'
import { callerOf } from '../caller.ts'
import { commandView, viewCommand } from '../command.ts'
import { domain } from '../domain.ts'
import { noSuchCommand } from '../no-such-command.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

export const operation = defineOperation({
  id: 'cancelCommand',
  method: 'delete',
  path: '/api/v1/commands/:id',
  tag: 'commands',
  summary: 'Cancel a command that is not over: no further attempt is made',
  access: 'modules:iot:commands:delete',
  needs: { commands: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'It is cancelled', schema: z.object({ command: commandView }) } },
  async handle({ orgId, params, principal }, { commands }) {
    const outcome = await commands.cancel(orgId, params.id, `cancelled by ${callerOf(principal) ?? 'nobody'}`)
    if (outcome.kind === 'done') return reply(200, { command: viewCommand(outcome.state) })
    return outcome.kind === 'refused' && outcome.refusal === 'over'
      ? refuse(problem(409, 'the command is over'))
      : noSuchCommand()
  },
})

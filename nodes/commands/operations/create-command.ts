import { z } from 'zod'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { answerCall, checkCall, commandBody, commandParams } from '../asked-command.ts'
import { commandView } from '../command.ts'
import { domain } from '../domain.ts'

export const operation = defineOperation({
  id: 'createCommand',
  method: 'post',
  path: '/api/v1/devices/:id/commands',
  tag: 'commands',
  summary:
    'Send a command to a device; with `Prefer: wait=5` the answer is its outcome, if that comes within 5 seconds',
  access: 'modules:iot:commands:create',
  needs: { commands: domain, devices: devicesDomain },
  params: commandParams,
  body: commandBody,
  responses: {
    200: { description: 'Its outcome', schema: z.object({ command: commandView }) },
    202: { description: 'It is on its way', schema: z.object({ command: commandView }) },
  },
  /** In one step; the shipped flow takes it in two that are drawn. */
  async handle(call, { commands, devices }) {
    const checked = checkCall(call, devices.directory)
    if (checked.kind === 'refused') return checked.outcome
    return answerCall(await commands.issue(call.orgId, checked.request), call, commands)
  },
})

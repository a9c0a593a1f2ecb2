import { z } from 'zod'
import { bulkScopeSchema, devicesIn } from '../bulk.ts'
import { callerOf } from '../caller.ts'
import { checkCommand } from '../check-command.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { invalid } from '../../http/problem.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'createBulkCommand',
  method: 'post',
  path: '/api/v1/commands/bulk',
  tag: 'commands',
  summary: 'Send a command to all devices of a tag or a class, or to a list of devices',
  access: 'modules:iot:commands:create',
  needs: { commands: domain, ...kit('directory') },
  body: z.strictObject({
    scope: bulkScopeSchema,
    action: z.string().min(1).max(64),
    value: z.union([z.number(), z.boolean(), z.string().max(4096), z.null()]).optional(),
  }),
  responses: {
    202: {
      description: 'It is being sent',
      schema: z.object({ bulk: z.object({ id: z.string(), total: z.int() }) }),
    },
  },
  async handle({ body: { action, scope, value = null }, orgId, principal }, { commands, directory }) {
    const devices = devicesIn(directory, orgId, scope)
    if ('deviceIds' in scope && devices.length < new Set(scope.deviceIds).size)
      return refuse(invalid('body.scope.deviceIds', 'not all of them are devices of this organization'))
    // Whoever is meant by mistake is told at once, before anything moves.
    const faults = devices
      .map(({ deviceClass }) => checkCommand(deviceClass, action, value))
      .filter((checked) => checked.kind === 'wrong')
    const [fault] = faults
    if (fault !== undefined && faults.length === devices.length)
      return refuse(invalid(`body.${fault.path}`, fault.message))
    const { id } = await commands.bulks.ask(orgId, {
      action,
      value,
      requestedBy: callerOf(principal) ?? null,
      deviceIds: devices.map(({ device }) => device.id),
    })
    return reply(202, { bulk: { id, total: devices.length } }, { location: `/api/v1/commands/bulk/${id}` })
  },
})

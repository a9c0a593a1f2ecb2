import { z } from 'zod'
import { bulkScopeSchema, devicesIn } from '../bulk.ts'
import { callerOf } from '../caller.ts'
import { checkCommand } from '../../devices/check-command.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'

export const operation = defineOperation({
  id: 'createBulkCommand',
  method: 'post',
  path: '/api/v1/commands/bulk',
  tag: 'commands',
  summary: 'Send a command to all devices of a tag or a class, or to a list of devices',
  access: 'modules:iot:commands:create',
  needs: { commands: domain, devices: devicesDomain },
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
  async handle(
    { body: { action, scope, value = null }, orgId, principal },
    { commands, devices: { directory } },
  ) {
    const meant = devicesIn(directory, orgId, scope)
    if ('deviceIds' in scope && meant.length < new Set(scope.deviceIds).size)
      return refuse(invalid('body.scope.deviceIds', 'not all of them are devices of this organization'))
    // Whoever is meant by mistake is told at once, before anything moves.
    const faults = meant
      .map(({ deviceClass }) => checkCommand(deviceClass, action, value))
      .filter((checked) => checked.kind === 'wrong')
    const [fault] = faults
    if (fault !== undefined && faults.length === meant.length)
      return refuse(invalid(`body.${fault.path}`, fault.message))
    const { id } = await commands.bulks.ask(orgId, {
      action,
      value,
      requestedBy: callerOf(principal) ?? null,
      deviceIds: meant.map(({ device }) => device.id),
    })
    return reply(202, { bulk: { id, total: meant.length } }, { location: `/api/v1/commands/bulk/${id}` })
  },
})

import { z } from 'zod'
import { commandSources, commandStatuses, commandView, viewCommand } from '../command.ts'
import { domain } from '../domain.ts'
import { noSuchDevice } from '../../devices/operations/parts.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

const time = z.iso.datetime({ offset: true })

export const operation = defineOperation({
  id: 'listCommands',
  method: 'get',
  path: '/api/v1/devices/:id/commands',
  tag: 'commands',
  summary: 'The log of commands of a device, newest first; what is older than 30 days comes from the archive',
  access: 'modules:iot:commands:read',
  needs: { commands: domain },
  params: z.object({ id: z.string() }),
  query: listQuery.extend({
    status: z.enum(commandStatuses).optional(),
    source: z.enum(commandSources).optional(),
    action: z.string().max(64).optional(),
    /** When it was asked for: from inclusive, to exclusive. */
    from: time.optional(),
    to: time.optional(),
  }),
  responses: { 200: { description: 'A page of commands', schema: listOf(commandView) } },
  async handle({ orgId, params, query }, { commands }) {
    const page = await commands.list(orgId, params.id, query)
    if (page === undefined) return noSuchDevice()
    return replyPage(
      page,
      page.items.map((command) => viewCommand(command)),
    )
  },
})

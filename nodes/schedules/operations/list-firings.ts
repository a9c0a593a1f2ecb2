import { z } from 'zod'
import { domain as commandsDomain } from '../../commands/domain.ts'
import { commandStatuses, loggedMs } from '../../commands/command.ts'
import { domain } from '../domain.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { toIsoTime, toIsoTimeOrNull } from '../../platform/kit/iso-time.ts'
import { noSuchSchedule } from './parts.ts'

const firingView = z.object({
  plannedAt: z.iso.datetime(),
  firedAt: z.iso.datetime().nullable(),
  edge: z.enum(['start', 'end']),
  commandId: z.string().optional(),
  /**
   * Of its last command; `missed` when it was slept through, `overridden` when something over the schedule has held it
   * back, `unknown` when the command is no longer on the log.
   */
  outcome: z.enum([...commandStatuses, 'missed', 'overridden', 'unknown']),
})

export const operation = defineOperation({
  id: 'listScheduleFirings',
  method: 'get',
  path: '/api/v1/schedules/:id/firings',
  tag: 'schedules',
  summary: 'What a schedule has done, the newest first',
  access: 'modules:iot:schedules:read',
  needs: { schedules: domain, commands: commandsDomain, ...kit('clock') },
  params: z.object({ id: z.string() }),
  query: listQuery,
  responses: { 200: { description: 'A page of firings', schema: listOf(firingView) } },
  async handle({ orgId, params, query }, { clock, commands, schedules }) {
    if ((await schedules.get(orgId, params.id)) === undefined) return noSuchSchedule()
    const page = await schedules.firings(orgId, params.id, query)
    const isLogged = (atMs: number): boolean => clock.nowMs() - atMs < loggedMs
    const withoutCommand = (atMs: number) => (isLogged(atMs) ? 'overridden' : 'unknown')
    const items = await Promise.all(
      page.items.map(async ({ document: { commandIds, edge, firedMs, plannedMs } }) => {
        const commandId = commandIds.at(-1)
        const command = commandId === undefined ? undefined : await commands.get(orgId, commandId)
        return {
          plannedAt: toIsoTime(plannedMs),
          firedAt: toIsoTimeOrNull(firedMs),
          edge,
          ...(commandId === undefined ? {} : { commandId }),
          outcome: firedMs === null ? 'missed' : (command?.status ?? withoutCommand(firedMs)),
        }
      }),
    )
    return replyPage(page, items)
  },
})

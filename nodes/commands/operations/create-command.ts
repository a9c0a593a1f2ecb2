import { z } from 'zod'
import { callerOf } from '../caller.ts'
import { commandView, isOpen, viewCommand } from '../command.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { noSuchDevice } from '../../devices/operations/parts.ts'

const maxDurationMs = 30 * 24 * 3_600_000

export const operation = defineOperation({
  id: 'createCommand',
  method: 'post',
  path: '/api/v1/devices/:id/commands',
  tag: 'commands',
  summary:
    'Send a command to a device; with `Prefer: wait=5` the answer is its outcome, if that comes within 5 seconds',
  access: 'modules:iot:commands:create',
  needs: { commands: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    action: z.string().min(1).max(64),
    value: z.union([z.number(), z.boolean(), z.string().max(4096), z.null()]).optional(),
    /** `hold`: an offline device gets it when it is back, until it expires. */
    whenOffline: z.enum(['retry', 'hold']).optional(),
    expiresInMs: z.int().min(1000).max(maxDurationMs).optional(),
    /** How long an attempt waits for its acknowledgment; as the class says by default. */
    ackTimeoutMs: z.int().min(100).max(3_600_000).optional(),
    attempts: z.int().min(1).max(10).optional(),
    source: z.enum(['api', 'dashboard']).default('api'),
  }),
  responses: {
    200: { description: 'Its outcome', schema: z.object({ command: commandView }) },
    202: { description: 'It is on its way', schema: z.object({ command: commandView }) },
  },
  async handle({ body, orgId, params, preferWaitMs, principal }, { commands }) {
    const issued = await commands.issue(orgId, {
      ...body,
      deviceId: params.id,
      requestedBy: callerOf(principal),
    })
    if (issued.kind === 'no-device') return noSuchDevice()
    if (issued.kind === 'wrong') return refuse(invalid(`body.${issued.path}`, issued.message))
    if (issued.kind === 'held') return refuse(problem(409, issued.message))
    const { id } = issued.command
    const location = `/api/v1/commands/${id}`
    if (preferWaitMs === undefined) return reply(202, { command: viewCommand(issued.command) }, { location })
    const command = (await commands.whenEnded(orgId, id, preferWaitMs)) ?? issued.command
    return reply(
      isOpen(command) ? 202 : 200,
      { command: viewCommand(command) },
      { location, 'preference-applied': `wait=${preferWaitMs / 1000}` },
    )
  },
})

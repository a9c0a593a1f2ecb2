/** What a caller asks for over HTTP, in the steps that a flow shows: checked, sent, answered. */
import { z } from 'zod'
import { checkCommand } from '../devices/check-command.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import { noSuchDevice } from '../devices/operations/parts.ts'
import { type Outcome, type OperationRequest, refuse, reply } from '../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../platform/kit/endpoints/problem.ts'
import { callerOf } from './caller.ts'
import { isOpen, viewCommand } from './command.ts'
import type { CommandRequest, Commands, Issued } from './command-service.ts'

const maxDurationMs = 30 * 24 * 3_600_000

export const commandParams = z.object({ id: z.string() })
export const commandBody = z.strictObject({
  action: z.string().min(1).max(64),
  value: z.union([z.number(), z.boolean(), z.string().max(4096), z.null()]).optional(),
  /** `hold`: an offline device gets it when it is back, until it expires. */
  whenOffline: z.enum(['retry', 'hold']).optional(),
  expiresInMs: z.int().min(1000).max(maxDurationMs).optional(),
  /** How long an attempt waits for its acknowledgment; as the class says by default. */
  ackTimeoutMs: z.int().min(100).max(3_600_000).optional(),
  attempts: z.int().min(1).max(10).optional(),
  source: z.enum(['api', 'dashboard']).default('api'),
})

export type CommandCall = Pick<
  OperationRequest<z.output<typeof commandParams>, unknown, z.output<typeof commandBody>>,
  'body' | 'orgId' | 'params' | 'principal'
>

export type CheckedCall =
  | {
      readonly kind: 'fits'
      readonly request: CommandCall['body'] & Pick<CommandRequest, 'deviceId' | 'requestedBy'>
    }
  | { readonly kind: 'refused'; readonly outcome: Outcome }

/** Whether there is such a device of theirs, and its class has such a command. */
export function checkCall(
  { body, orgId, params, principal }: CommandCall,
  directory: Pick<DeviceDirectory, 'lookup'>,
): CheckedCall {
  const record = directory.lookup(params.id)
  if (record?.orgId !== orgId) return { kind: 'refused', outcome: noSuchDevice() }
  const checked = checkCommand(record.deviceClass, body.action, body.value)
  return checked.kind === 'wrong'
    ? { kind: 'refused', outcome: wrong(checked) }
    : { kind: 'fits', request: { ...body, deviceId: params.id, requestedBy: callerOf(principal) } }
}

/** What the caller is told; with `Prefer: wait` its outcome, if that comes in time. */
export async function answerCall(
  issued: Issued,
  { orgId, preferWaitMs }: Pick<OperationRequest<unknown, unknown, unknown>, 'orgId' | 'preferWaitMs'>,
  commands: Pick<Commands, 'whenEnded'>,
): Promise<Outcome> {
  if (issued.kind === 'no-device') return noSuchDevice()
  if (issued.kind === 'wrong') return wrong(issued)
  if (issued.kind === 'held') return refuse(problem(409, issued.message))
  const { id } = issued.command
  const location = `/api/v1/commands/${id}`
  if (preferWaitMs === undefined) return reply(202, { command: viewCommand(issued.command) }, { location })
  const command = await commands.whenEnded(orgId, issued.command, preferWaitMs)
  return reply(
    isOpen(command) ? 202 : 200,
    { command: viewCommand(command) },
    { location, 'preference-applied': `wait=${preferWaitMs / 1000}` },
  )
}

const wrong = ({ message, path }: { readonly path: string; readonly message: string }): Outcome =>
  refuse(invalid(`body.${path}`, message))

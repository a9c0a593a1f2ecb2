import { defineNode } from '../../platform/kit/define-node.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { type Command, viewCommand } from '../command.ts'
import {
  type AskedBy,
  commandMessage,
  commandRequestMessage,
  type CommandRequest,
} from '../command-messages.ts'
import { answerCall } from '../asked-command.ts'
import type { Commands, Issued } from '../command-service.ts'
import { whileAudited } from '../../platform/kit/audit/scope.ts'
import { outcomeMessage } from '../../platform/kit/endpoints/messages.ts'
import type { Outcome } from '../../platform/kit/endpoints/operation.ts'
import { problemOfFailure } from '../../platform/kit/endpoints/run-operation.ts'
import { domain } from '../domain.ts'
import { throwRefused } from '../throw-refused.ts'
import { config } from './config.ts'

const ports: Readonly<Partial<Record<Command['status'], number>>> = {
  acknowledged: 0,
  failed: 1,
  timeout: 2,
  expired: 3,
  cancelled: 3,
}

export default defineNode({
  type: 'command-with-retry',
  category: 'commands',
  icon: 'font-awesome/fa-paper-plane',
  config,
  needs: { commands: domain, devices: devicesDomain },
  input: commandRequestMessage,
  outputs: [
    { label: 'acknowledged', message: commandMessage, isOwn: true },
    { label: 'failed', message: commandMessage, isOwn: true },
    { label: 'timed out', message: commandMessage, isOwn: true },
    { label: 'expired or cancelled', message: commandMessage, isOwn: true },
    { label: 'answer to the caller', message: outcomeMessage },
  ],
  start({ config: properties, emit, needed: { commands, devices }, nodeId }) {
    const stop = commands.onEnd((_, command) => {
      const port = command.askedByNode === nodeId ? ports[command.status] : undefined
      if (port === undefined) return
      const outputs = Array.from({ length: port + 1 }, () => [] as unknown[])
      outputs[port]?.push(viewCommand(command))
      emit(outputs)
    })
    /** The message first, then the properties, then the class. */
    const issue = ({ action, askedBy, deviceId, source, ...request }: CommandRequest): Promise<Issued> =>
      commands.issue(devices.directory.lookup(deviceId)?.orgId ?? '', {
        whenOffline: properties.whenOffline,
        attempts: properties.attempts === 0 ? undefined : properties.attempts,
        ackTimeoutMs:
          properties.ackTimeoutSeconds === 0 ? undefined : Math.round(properties.ackTimeoutSeconds * 1000),
        ...request,
        deviceId,
        action: action ?? properties.action,
        source: askedBy === undefined ? 'flow' : source,
        askedByNode: nodeId,
      })
    return {
      async process(requests) {
        const answers: Outcome[] = []
        for (const request of requests) {
          const { askedBy } = request
          if (askedBy === undefined) throwRefused(await issue(request), request.deviceId)
          else answers.push(await answered(askedBy, () => issue(request), commands))
        }
        return [[], [], [], [], answers]
      },
      close: () => stop(),
    }
  },
})

/** As the caller's doing; what the world does not let through is an answer, too. */
async function answered(
  { preferWaitMs, scope }: AskedBy,
  issue: () => Promise<Issued>,
  commands: Pick<Commands, 'whenEnded'>,
): Promise<Outcome> {
  try {
    return await whileAudited(scope, async () =>
      answerCall(await issue(), { orgId: scope.orgId, preferWaitMs }, commands),
    )
  } catch (error) {
    const expected = problemOfFailure(error)
    if (expected !== undefined) return expected
    throw error
  }
}

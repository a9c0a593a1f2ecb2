import { z } from 'zod'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { type GuardedRequest, outcomeMessage, requestMessage } from '../../platform/kit/endpoints/messages.ts'
import type { Outcome } from '../../platform/kit/endpoints/operation.ts'
import { auditScopeOf } from '../../platform/kit/endpoints/run-operation.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { checkCall, type CommandCall } from '../asked-command.ts'
import { type CommandRequest, commandRequestMessage } from '../command-messages.ts'
import { operation } from '../operations/create-command.ts'

export default defineNode({
  type: 'check-command',
  category: 'commands',
  icon: 'font-awesome/fa-check-square-o',
  config: defineConfig(z.object({})),
  needs: { devices: devicesDomain },
  input: requestMessage,
  outputs: [
    { label: 'as the class has it', message: commandRequestMessage },
    { label: 'refused', message: outcomeMessage },
  ],
  serves: [operation.id],
  start({ needed: { devices } }) {
    return {
      process(requests) {
        const fitting: CommandRequest[] = []
        const refused: Outcome[] = []
        for (const call of requests.map(commandCallOf)) {
          const checked = checkCall(call, devices.directory)
          if (checked.kind === 'refused') refused.push(checked.outcome)
          else {
            const askedBy = { scope: auditScopeOf(operation, call), preferWaitMs: call.preferWaitMs }
            fitting.push({ ...checked.request, askedBy })
          }
        }
        return [fitting, refused]
      },
    }
  },
})

/** @throws when it is a request for something else */
function commandCallOf(request: GuardedRequest): GuardedRequest & CommandCall {
  if (request.operationId !== operation.id)
    throw new Error(`${request.operationId} is not an operation of this node (${operation.id})`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the guard parses the parts by the operation's schemas
  return request as GuardedRequest & CommandCall
}

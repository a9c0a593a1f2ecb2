import { defineNode } from '../../platform/kit/define-node.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { type Command, viewCommand } from '../command.ts'
import { commandMessage, commandRequestMessage } from '../command-messages.ts'
import { domain } from '../domain.ts'
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
    { label: 'acknowledged', message: commandMessage },
    { label: 'failed', message: commandMessage },
    { label: 'timed out', message: commandMessage },
    { label: 'expired or cancelled', message: commandMessage },
  ],
  start({ config: properties, emit, needed: { commands, devices }, nodeId }) {
    const stop = commands.onEnd((_, command) => {
      const port = command.askedByNode === nodeId ? ports[command.status] : undefined
      if (port === undefined) return
      const outputs = Array.from({ length: port + 1 }, () => [] as unknown[])
      outputs[port]?.push(viewCommand(command))
      emit(outputs)
    })
    return {
      async process(requests) {
        for (const { action = properties.action, deviceId, ...request } of requests) {
          const orgId = devices.directory.lookup(deviceId)?.orgId ?? ''
          const issued = await commands.issue(orgId, {
            whenOffline: properties.whenOffline,
            ...request,
            ...(properties.attempts === 0 ? {} : { attempts: properties.attempts }),
            ...(properties.ackTimeoutSeconds === 0
              ? {}
              : { ackTimeoutMs: Math.round(properties.ackTimeoutSeconds * 1000) }),
            deviceId,
            action,
            source: 'flow',
            askedByNode: nodeId,
          })
          if (issued.kind === 'no-device') throw new Error(`${deviceId} is not registered`)
          if (issued.kind === 'held') throw new Error(issued.message)
          if (issued.kind === 'wrong') throw new Error(`${issued.path}: ${issued.message}`)
        }
        return []
      },
      close: () => stop(),
    }
  },
})

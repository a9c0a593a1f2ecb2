import { throwRefused } from '../../commands/throw-refused.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import type { Override } from '../control.ts'
import { domain } from '../domain.ts'
import { overrideMessage, overrideRequestMessage } from '../override-messages.ts'
import { viewOverride } from '../views.ts'
import { config } from './config.ts'

const portOf = ({ status }: Override): number => (status === 'active' ? 0 : status === 'failed' ? 2 : 1)

export default defineNode({
  type: 'override',
  category: 'commands',
  icon: 'font-awesome/fa-hourglass-half',
  config,
  needs: { control: domain, devices: devicesDomain, ...kit('clock') },
  input: overrideRequestMessage,
  outputs: [
    { label: 'running', message: overrideMessage },
    { label: 'over', message: overrideMessage },
    { label: 'failed', message: overrideMessage },
  ],
  start({ config: properties, emit, needed: { clock, control, devices }, nodeId }) {
    const { layer: rank } = properties
    const stop = control.onChange((_, deviceId, override) => {
      if (override.askedByNode !== nodeId) return
      const port = portOf(override)
      const outputs = Array.from({ length: port + 1 }, () => [] as unknown[])
      outputs[port]?.push(viewOverride(deviceId, override, clock.nowMs()))
      emit(outputs)
    })
    return {
      async process(requests) {
        for (const { action, deviceId, durationMs, end = false, reason, value } of requests) {
          const orgId = devices.directory.lookup(deviceId)?.orgId ?? ''
          if (end) {
            await control.end(orgId, deviceId, rank)
            continue
          }
          const started = await control.start(orgId, deviceId, {
            action: action ?? (properties.action === '' ? undefined : properties.action),
            value,
            durationMs: durationMs ?? Math.round(properties.minutes * 60_000),
            reason,
            rank,
            source: 'flow',
            askedByNode: nodeId,
          })
          throwRefused(started, deviceId)
        }
        return []
      },
      close: () => stop(),
    }
  },
})

import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { deliverBatch, type FlowEntrance } from '../../platform/kit/flow-entrance.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import { domain } from '../domain.ts'
import type { Ring } from '../flow-timers.ts'
import { rungMessage, timerRequestMessage } from '../timer-messages.ts'
import { config } from './config.ts'

const maxTries = 5
/** A flow that has not finished by then has failed. */
const stallMs = 30_000

export default defineNode({
  type: 'timer',
  category: 'events',
  icon: 'font-awesome/fa-clock-o',
  config,
  needs: { ...kit('clock', 'deliveries'), devices: devicesDomain, flowTimers: domain },
  input: timerRequestMessage,
  outputs: [{ label: 'rung', message: rungMessage, isOwn: true }],
  start({ config: { seconds }, emit, fault, needed: { clock, deliveries, devices, flowTimers }, nodeId }) {
    const entrance: FlowEntrance = { deliveries, emit, clock, stallMs }
    const ring: Ring = async (rung, attempt) => {
      await deliveries.whenFlowsRun()
      const outcome = await deliverBatch(entrance, [rung])
      if (outcome.kind === 'processed') return outcome.durable
      if (outcome.kind === 'interrupted') throw new Error('the flows were restarted')
      if (outcome.kind === 'unavailable' || attempt < maxTries) throw outcome.error
      fault(outcome.error)
    }
    const stop = flowTimers.hear(nodeId, ring)
    return {
      async process(requests) {
        for (const {
          afterMs = seconds * 1000,
          at,
          cancel = false,
          data = null,
          deviceId,
          name,
          ...of
        } of requests) {
          const ofDevice = deviceId === undefined ? undefined : devices.directory.lookup(deviceId)?.orgId
          if (deviceId !== undefined && ofDevice === undefined)
            throw new Error(`${deviceId} is not registered`)
          if (of.orgId !== undefined && ofDevice !== undefined && of.orgId !== ofDevice)
            throw new Error(`${deviceId} is not of ${of.orgId}`)
          const place = { orgId: ofDevice ?? of.orgId ?? '', nodeId, deviceId, name }
          if (cancel) await flowTimers.cancel(place)
          else await flowTimers.set(place, at === undefined ? { afterMs } : { atMs: parseIsoTime(at) }, data)
        }
        return []
      },
      close: () => stop(),
    }
  },
})

import { z } from 'zod'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { type DeviceEvent, deviceEventMessage } from '../../telemetry/reading.ts'
import { domain } from '../domain.ts'
import { parsePodReport } from '../pod-report.ts'

/** What pods report at their doors: a typed code is compared and the door told, a session goes on. */
export default defineNode({
  type: 'pin-check',
  category: 'booking',
  icon: 'font-awesome/fa-key',
  config: defineConfig(z.object({})),
  needs: { access: domain, devices: devicesDomain },
  input: deviceEventMessage,
  outputs: [
    { label: 'opened', message: deviceEventMessage },
    { label: 'refused', message: deviceEventMessage },
    { label: 'locked out', message: deviceEventMessage },
    { label: 'noted', message: deviceEventMessage },
    { label: 'does not fit', message: deviceEventMessage },
  ],
  start({ needed: { access, devices } }) {
    const isBookable = ({ deviceId }: DeviceEvent): boolean =>
      devices.directory.lookup(deviceId)?.deviceClass.bookable === true
    return {
      async process(events) {
        const outcomes = {
          opened: [] as DeviceEvent[],
          wrong: [] as DeviceEvent[],
          locked: [] as DeviceEvent[],
          noted: [] as DeviceEvent[],
          unfit: [] as DeviceEvent[],
        }
        // Of one pod in the order in which they came.
        const byPod = Map.groupBy(events.filter(isBookable), ({ deviceId }) => deviceId)
        await Promise.all(
          [...byPod.values()].map(async (ofPod) => {
            for (const event of ofPod) {
              const report = parsePodReport(access.key, event)
              const outcome = report === undefined ? 'unfit' : await access.access.report(report)
              outcomes[outcome === 'late' ? 'wrong' : outcome].push(event)
            }
          }),
        )
        return Object.values(outcomes)
      },
    }
  },
})

import type { DeviceRecord } from '../../devices/device.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import {
  type AssessedReading,
  assessedReadingMessage,
  type CalibratedReading,
  calibratedReadingMessage,
} from '../reading.ts'
import { assess } from './assess.ts'
import { config } from './config.ts'
import { SameInARow } from './same-in-a-row.ts'

export default defineNode({
  type: 'quality',
  category: 'telemetry',
  icon: 'font-awesome/fa-check-circle-o',
  config,
  needs: { devices: devicesDomain },
  input: calibratedReadingMessage,
  outputs: [{ label: 'assessed readings', message: assessedReadingMessage }],
  start({ config: { lateAfterSeconds, stuckAfter }, needed: { devices } }) {
    const sameInARow = stuckAfter > 0 ? new SameInARow() : undefined
    return {
      // In place: a batch belongs to the node that received it, other receivers got clones.
      process(readings) {
        let record: DeviceRecord | undefined
        let deviceId = ''
        const limits = { lateAfterMs: 0, stuckAfter, sameInARow: 0 }
        for (const reading of readings as readonly (CalibratedReading & Partial<AssessedReading>)[]) {
          if (reading.deviceId !== deviceId) {
            deviceId = reading.deviceId
            record = devices.directory.lookup(deviceId)
            limits.lateAfterMs =
              lateAfterSeconds > 0 ? lateAfterSeconds * 1000 : (record?.deviceClass.lateAfterMs ?? Infinity)
          }
          limits.sameInARow = sameInARow?.count(reading) ?? 0
          reading.quality = assess(reading, record?.ports[reading.port], limits)
        }
        return [readings]
      },
    }
  },
})

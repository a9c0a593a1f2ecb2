import { defineNode } from '../../platform/kit/define-node.ts'
import { type AssessedReading, assessedReadingMessage, calibratedReadingMessage } from '../reading.ts'
import { assess } from './assess.ts'
import { config } from './config.ts'
import { SameInARow } from './same-in-a-row.ts'

export default defineNode({
  type: 'quality',
  category: 'telemetry',
  icon: 'font-awesome/fa-check-circle-o',
  config,
  input: calibratedReadingMessage,
  outputs: [{ label: 'assessed readings', message: assessedReadingMessage }],
  start({ config: { lateAfterSeconds, stuckAfter }, platform }) {
    const sameInARow = stuckAfter > 0 ? new SameInARow() : undefined
    return {
      process(readings) {
        const assessed: AssessedReading[] = []
        for (const reading of readings) {
          const record = platform.directory.lookup(reading.deviceId)
          const lateAfterMs =
            lateAfterSeconds > 0 ? lateAfterSeconds * 1000 : (record?.deviceClass.lateAfterMs ?? Infinity)
          assessed.push({
            orgId: reading.orgId,
            deviceId: reading.deviceId,
            port: reading.port,
            ts: reading.ts,
            rawValue: reading.rawValue,
            ingestTs: reading.ingestTs,
            calibratedValue: reading.calibratedValue,
            quality: assess(reading, record?.ports[reading.port], {
              lateAfterMs,
              stuckAfter,
              sameInARow: sameInARow?.count(reading) ?? 0,
            }),
          })
        }
        return [assessed]
      },
    }
  },
})

import { utf8Bytes } from '../../platform/kit/bytes.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { type Reject, rejectMessage } from '../dead-letter.ts'
import { type CalibratedReading, calibratedReadingMessage, type Reading, readingMessage } from '../reading.ts'
import { calibrate } from './calibrate.ts'
import { config } from './config.ts'

const uncalibrated = { scaling: 1, offset: 0 }

export default defineNode({
  type: 'calibrate',
  category: 'telemetry',
  icon: 'font-awesome/fa-balance-scale',
  config,
  input: readingMessage,
  outputs: [
    { label: 'calibrated readings', message: calibratedReadingMessage },
    { label: 'rejected', message: rejectMessage },
  ],
  start({ platform }) {
    return {
      process(readings) {
        const calibrated: CalibratedReading[] = []
        const rejects: Reject[] = []
        for (const reading of readings) {
          // Looked up for each reading: a changed calibration counts from the next reading on.
          const port = platform.directory.lookup(reading.deviceId)?.ports[reading.port] ?? uncalibrated
          const result = calibrate(reading, port)
          if (Number.isFinite(result.calibratedValue)) calibrated.push(result)
          else rejects.push(beyondNumbers(reading))
        }
        return [calibrated, rejects]
      },
    }
  },
})

const beyondNumbers = (reading: Reading): Reject => ({
  orgId: reading.orgId,
  deviceId: reading.deviceId,
  topic: '',
  reason: 'not-finite',
  detail: `port ${reading.port}: the calibrated value of ${reading.rawValue} is not a finite number`,
  payload: utf8Bytes(JSON.stringify(reading)) as Uint8Array<ArrayBuffer>,
  receivedAt: reading.ingestTs,
  offset: `${reading.deviceId}.${reading.port}.${reading.ts}`,
  index: 0,
})

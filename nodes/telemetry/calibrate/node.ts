import type { DeviceRecord } from '../../devices/device.ts'
import { utf8Bytes } from '../../platform/kit/bytes.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
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
  needs: { devices: devicesDomain },
  input: readingMessage,
  outputs: [
    { label: 'calibrated readings', message: calibratedReadingMessage },
    { label: 'rejected', message: rejectMessage },
  ],
  start({ needed: { devices } }) {
    return {
      // In place: a batch belongs to the node that received it, other receivers got clones.
      process(readings) {
        let record: DeviceRecord | undefined
        let deviceId = ''
        let areAllFinite = true
        for (const reading of readings as readonly (Reading & { calibratedValue?: number })[]) {
          // Looked up in every batch: a changed calibration counts from the next reading on.
          if (reading.deviceId !== deviceId) {
            deviceId = reading.deviceId
            record = devices.directory.lookup(deviceId)
          }
          const value = calibrate(reading.rawValue, record?.ports[reading.port] ?? uncalibrated)
          reading.calibratedValue = value
          areAllFinite &&= Number.isFinite(value)
        }
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the loop above has put in what was missing
        const calibrated = readings as readonly CalibratedReading[]
        if (areAllFinite) return [calibrated]
        const [good = [], beyond = []] = [true, false].map((isFinite) =>
          calibrated.filter(({ calibratedValue }) => Number.isFinite(calibratedValue) === isFinite),
        )
        return [good, beyond.map(beyondNumbers)]
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
  payload: utf8Bytes(JSON.stringify(reading)),
  receivedAt: reading.ingestTs,
  offset: `${reading.deviceId}.${reading.port}.${reading.ts}`,
  index: 0,
})

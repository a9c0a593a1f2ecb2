import { type DeviceState, deviceStateMessage } from '../../devices/state.ts'
import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { type AssessedReading, assessedReadingMessage } from '../reading.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'latest',
  category: 'telemetry',
  icon: 'font-awesome/fa-clock-o',
  config,
  input: assessedReadingMessage,
  outputs: [
    { label: 'readings', message: assessedReadingMessage },
    { label: 'changed device states', message: deviceStateMessage },
  ],
  start({ platform }) {
    const { deliveries, deviceStates, latest } = platform

    const noteSeen = (readings: readonly AssessedReading[]): readonly DeviceState[] => {
      const changed: DeviceState[] = []
      let deviceId = ''
      for (const reading of readings) {
        if (reading.deviceId === deviceId) continue
        deviceId = reading.deviceId
        const state = deviceStates.seen(reading.orgId, deviceId, reading.ingestTs)
        if (state !== undefined) changed.push(state)
      }
      return changed
    }

    return {
      process(readings, envelope) {
        const isPut = latest.put(readings)
        if (isPut !== undefined) deliveries.awaitDurable(envelope[deliveryProperty], isPut)
        const known = deviceStates.know(readings)
        return known === undefined
          ? [readings, noteSeen(readings)]
          : known.then(() => [readings, noteSeen(readings)])
      },
    }
  },
})

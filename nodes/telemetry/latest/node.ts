import { type DeviceState, deviceStateMessage } from '../../devices/state.ts'
import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { type AssessedReading, assessedReadingMessage } from '../reading.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'latest',
  category: 'telemetry',
  icon: 'font-awesome/fa-clock-o',
  config,
  needs: { ...kit('deliveries', 'latest'), devices: devicesDomain },
  input: assessedReadingMessage,
  outputs: [
    { label: 'readings', message: assessedReadingMessage },
    { label: 'changed device states', message: deviceStateMessage },
  ],
  start({ needed: { deliveries, devices, latest } }) {
    const noteSeen = (readings: readonly AssessedReading[]): readonly DeviceState[] => {
      const changed: DeviceState[] = []
      let deviceId = ''
      for (const reading of readings) {
        if (reading.deviceId === deviceId) continue
        deviceId = reading.deviceId
        const state = devices.states.seen(reading.orgId, deviceId, reading.ingestTs)
        if (state !== undefined) changed.push(state)
      }
      return changed
    }

    return {
      process(readings, envelope) {
        const isPut = latest.put(readings)
        if (isPut !== undefined) deliveries.awaitDurable(envelope[deliveryProperty], isPut)
        const known = devices.states.know(readings)
        return known === undefined
          ? [readings, noteSeen(readings)]
          : known.then(() => [readings, noteSeen(readings)])
      },
    }
  },
})

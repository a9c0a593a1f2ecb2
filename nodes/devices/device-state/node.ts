import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { deviceReportMessage } from '../device-report.ts'
import { type DeviceState, deviceStateMessage } from '../state.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'device-state',
  category: 'devices',
  icon: 'font-awesome/fa-heartbeat',
  config,
  input: deviceReportMessage,
  outputs: [{ label: 'changed device states', message: deviceStateMessage }],
  start({ platform: { deliveries, deviceStates } }) {
    return {
      async process(reports, envelope) {
        await deviceStates.know(reports)
        const changed = new Map<string, DeviceState>()
        for (const report of reports) {
          const { state, isNews } = deviceStates.report(report)
          if (isNews) changed.set(state.id, state)
        }
        deliveries.awaitDurable(envelope[deliveryProperty], deviceStates.whenSaved())
        return [[...changed.values()]]
      },
    }
  },
})

import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../domain.ts'
import { deviceReportMessage } from '../device-report.ts'
import { type DeviceState, deviceStateMessage } from '../state.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'device-state',
  category: 'devices',
  icon: 'font-awesome/fa-heartbeat',
  config,
  needs: { ...kit('deliveries'), devices: devicesDomain },
  input: deviceReportMessage,
  outputs: [
    { label: 'changed device states', message: deviceStateMessage },
    { label: 'reports that may answer commands', message: deviceReportMessage },
  ],
  start({ needed: { deliveries, devices } }) {
    return {
      async process(reports, envelope) {
        await devices.states.know(reports)
        const changed = new Map<string, DeviceState>()
        const turned = new Map<string, DeviceState>()
        for (const report of reports) {
          const { state, isNews } = devices.states.report(report)
          if (!isNews) continue
          changed.set(state.id, state)
          if (report.online !== undefined) turned.set(state.id, state)
        }
        for (const gateway of turned.values())
          for (const child of await devices.states.changedWith(gateway)) changed.set(child.id, child)
        deliveries.awaitDurable(envelope[deliveryProperty], devices.states.whenSaved())
        const answering = reports.filter(
          ({ deviceId, reported }) =>
            reported !== undefined && devices.directory.lookup(deviceId)?.answersByReports === true,
        )
        return [[...changed.values()], answering]
      },
    }
  },
})

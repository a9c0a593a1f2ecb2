import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { type AssessedReading, assessedReadingMessage } from '../../telemetry/reading.ts'
import { viewAlert } from '../alert.ts'
import { type AlertItem, alertMessage } from '../alert-message.ts'
import { domain } from '../domain.ts'
import { flowRulePrefix, ruleOfFlow } from '../flow-rule.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'alert-rule',
  category: 'alerts',
  icon: 'font-awesome/fa-bell-o',
  config,
  needs: { ...kit('clock', 'deliveries'), alerts: domain },
  input: assessedReadingMessage,
  outputs: [
    { label: 'readings', message: assessedReadingMessage },
    { label: 'fired', message: alertMessage },
    { label: 'resolved', message: alertMessage },
  ],
  start({ config: properties, emit, needed: { alerts: alerting, clock, deliveries }, nodeId }) {
    const rule =
      properties.rule.trim() === '' ? undefined : ruleOfFlow(nodeId, properties.rule, clock.nowMs())
    const own = rule === undefined ? undefined : alerting.openWatch(rule)
    const { watch } = own ?? alerting
    // Told when it is durable, which may be after the batch has gone on, or without any.
    const endTelling = alerting.alerts.onChange((orgId, alert, events) => {
      if (rule === undefined ? alert.ruleId.startsWith(flowRulePrefix) : alert.ruleId !== rule.id) return
      const item: AlertItem = { orgId, ...viewAlert(alert) }
      if (events.some(({ type }) => type === 'AlertFired')) emit([[], [item]])
      if (events.some(({ type }) => type === 'AlertResolved')) emit([[], [], [item]])
    })
    return {
      process(readings: readonly AssessedReading[], envelope) {
        const written = watch.take(readings)
        if (written !== undefined) deliveries.awaitDurable(envelope[deliveryProperty], written)
        return [readings]
      },
      close() {
        endTelling()
        own?.close()
      },
    }
  },
})

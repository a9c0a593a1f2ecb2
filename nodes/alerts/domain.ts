import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { alertCollection } from './alert.ts'
import { openAlerting } from './alerting.ts'

const resolvedKeptMs = 365 * 24 * 3_600_000
/** Longer than an instance may be away without reading everything anew. */
const removedRulesKeptMs = 7 * 24 * 3_600_000

export const domain = defineDomain({
  id: 'alerts',
  needs: {
    ...kit('bus', 'clock', 'live', 'log', 'pulse', 'relay', 'secrets', 'series', 'store', 'stream', 'timers'),
    devices: devicesDomain,
    identity: identityDomain,
  },
  async start({ devices: { directory }, identity, ...needed }) {
    const alerting = await openAlerting({ ...needed, directory })
    const { alerts, counts, maintenance, rules } = alerting
    return {
      service: alerting,
      relays: [alertCollection],
      timers: alerting.timers,
      duties: [
        {
          name: 'sweeping alerts',
          nextMs: every(3_600_000),
          async run() {
            const nowMs = needed.clock.nowMs()
            for await (const orgId of identity.organizationIds()) {
              await alerts.sweep(orgId, nowMs - resolvedKeptMs)
              await maintenance.sweep(orgId, nowMs - resolvedKeptMs)
              await rules.sweep(orgId, nowMs - removedRulesKeptMs)
            }
          },
        },
      ],
      figures: [
        {
          name: 'fleetloom_alert_rules',
          help: 'Alert rules that are switched on',
          read: () => rules.book.size,
        },
        {
          kind: 'counter',
          name: 'fleetloom_alerts_fired_total',
          help: 'Alerts that fired here',
          read: () => counts.fired,
        },
      ],
      settle: () => alerting.settle(),
      stop: () => alerting.stop(),
    }
  },
})

import { z } from 'zod'
import { eventMessage } from '../../events/event-message.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { domain } from '../domain.ts'
import { severities, severitySchema } from '../rule.ts'
import { config } from './config.ts'

const firedSchema = z.object({ alert: z.object({ severity: severitySchema }) })

export default defineNode({
  type: 'escalate',
  category: 'alerts',
  icon: 'font-awesome/fa-level-up',
  config,
  needs: { alerts: domain },
  input: eventMessage,
  outputs: [{ label: 'events', message: eventMessage }],
  start({ config: { afterMinutes, channels, least }, needed: { alerts } }) {
    const keys = channels.split(/[, ]+/).filter((key) => key !== '')
    return {
      async process(events) {
        for (const { atMs, data, orgId, subject, type } of events) {
          const fired = type === 'AlertFired' ? firedSchema.safeParse(data).data : undefined
          if (fired === undefined || severities.indexOf(fired.alert.severity) < severities.indexOf(least))
            continue
          await alerts.alerts.escalateAt(orgId, subject.id, atMs + afterMinutes * 60_000, [...keys])
        }
        return [events]
      },
    }
  },
})

import { z } from 'zod'
import { domain as alertsDomain } from '../../alerts/domain.ts'
import { eventMessage } from '../../events/event-message.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { bySubject } from '../../platform/kit/events/by-subject.ts'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { tellAlerts } from '../door-trouble.ts'

const keysOf = (text: string): string[] => text.split(/[ ,]+/).filter((key) => key !== '')

const config = defineConfig(
  z.object({
    /** Keys of channels, separated by commas: whom it is told to. */
    channels: z
      .string()
      .regex(/^[a-z0-9, -]*$/, 'must be keys of channels, separated by commas')
      .default(''),
  }),
)

/** An alert for a keypad that locked and for a guest who does not leave; resolved when that is over. */
export default defineNode({
  type: 'door-alerts',
  category: 'booking',
  icon: 'font-awesome/fa-bell-o',
  config,
  needs: { alerts: alertsDomain },
  input: eventMessage,
  outputs: [
    { label: 'fired', message: eventMessage },
    { label: 'over', message: eventMessage },
  ],
  start({ config: { channels }, needed: { alerts } }) {
    const keys = keysOf(channels)
    return {
      async process(events) {
        const outcomes = { fired: [] as DomainEvent[], over: [] as DomainEvent[] }
        await bySubject(events, async (event) => {
          const outcome = await tellAlerts(alerts.alerts, event, keys)
          if (outcome !== 'nothing') outcomes[outcome].push(event)
        })
        return Object.values(outcomes)
      },
    }
  },
})

import { z } from 'zod'
import { eventMessage } from '../../events/event-message.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { bySubject } from '../../platform/kit/events/by-subject.ts'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { domain } from '../domain.ts'
import { creditPurchase } from './credit-purchase.ts'

/** Posts what was bought: credits to the wallet, money to the account of the provider. */
export default defineNode({
  type: 'ledger',
  category: 'billing',
  icon: 'font-awesome/fa-balance-scale',
  config: defineConfig(z.object({})),
  needs: { billing: domain },
  input: eventMessage,
  outputs: [{ label: 'credited', message: eventMessage }],
  start({ needed: { billing } }) {
    return {
      async process(events) {
        const credited: DomainEvent[] = []
        await bySubject(events, async (event) => {
          if (await creditPurchase(billing.ledger, event)) credited.push(event)
        })
        return [credited]
      },
    }
  },
})

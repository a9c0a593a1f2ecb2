import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import { dailyAt } from '../platform/kit/jobs/duties.ts'
import type { PaymentProvider, ProviderKey } from '../platform/payments/port.ts'
import { paymentCollection } from './booking-payment.ts'
import { BookingPayments } from './booking-payments.ts'
import { Ledger } from './ledger.ts'
import { moneyFigures } from './money-figures.ts'
import { purchaseCollection } from './purchase.ts'
import { Purchases } from './purchases.ts'
import { Reconciling } from './reconciling.ts'

export interface BillingSettings {
  readonly providers: ReadonlyMap<ProviderKey, PaymentProvider>
  readonly pollMs: number
}
export const billingSettings = given<BillingSettings>('settings of billing')

export interface Billing {
  readonly ledger: Ledger
  /** Of bookings, from wallets. */
  readonly payments: BookingPayments
  /** Of credits, with money. */
  readonly purchases: Purchases
  readonly reconciling: Reconciling
}

export const domain = defineDomain({
  id: 'billing',
  needs: {
    ...kit('clock', 'jobs', 'relay', 'store'),
    identity: identityDomain,
    settings: billingSettings,
  },
  start({ identity, settings, ...needed }) {
    const ledger = new Ledger(needed)
    const payments = new BookingPayments({ ...needed, ledger })
    const purchases = new Purchases({ ...needed, ...settings, ledger })
    const reconciling = new Reconciling({ ...needed, ...settings, ledger })
    return {
      service: { ledger, payments, purchases, reconciling } satisfies Billing,
      jobs: [ledger.job, purchases.job],
      relays: [paymentCollection, purchaseCollection],
      figures: [
        ...purchases.ended.figures,
        ...purchases.webhooks.figures,
        ...moneyFigures({ ...needed, organizationIds: () => identity.organizationIds() }),
      ],
      duties: [
        {
          name: 'reconciling yesterday with the providers of payments',
          nextMs: dailyAt({ hour: 3, minute: 0 }),
          async run() {
            if (settings.providers.size === 0) return
            for await (const orgId of identity.organizationIds()) await reconciling.catchUp(orgId)
          },
        },
      ],
    }
  },
})

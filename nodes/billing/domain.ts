import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import type { PaymentProvider, ProviderKey } from '../platform/payments/port.ts'
import { paymentCollection } from './booking-payment.ts'
import { BookingPayments } from './booking-payments.ts'
import { Ledger } from './ledger.ts'
import { purchaseCollection } from './purchase.ts'
import { Purchases } from './purchases.ts'

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
}

export const domain = defineDomain({
  id: 'billing',
  needs: { ...kit('clock', 'jobs', 'relay', 'store'), settings: billingSettings },
  start({ settings, ...needed }) {
    const ledger = new Ledger(needed)
    const payments = new BookingPayments({ ...needed, ledger })
    const purchases = new Purchases({ ...needed, ...settings, ledger })
    return {
      service: { ledger, payments, purchases } satisfies Billing,
      jobs: [ledger.job, purchases.job],
      relays: [paymentCollection, purchaseCollection],
    }
  },
})

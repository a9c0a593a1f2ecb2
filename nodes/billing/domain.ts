import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { paymentCollection } from './booking-payment.ts'
import { BookingPayments } from './booking-payments.ts'
import { Ledger } from './ledger.ts'

export interface Billing {
  readonly ledger: Ledger
  /** Of bookings, from wallets. */
  readonly payments: BookingPayments
}

export const domain = defineDomain({
  id: 'billing',
  needs: kit('clock', 'relay', 'store'),
  start(needed) {
    const ledger = new Ledger(needed)
    const payments = new BookingPayments({ ...needed, ledger })
    return {
      service: { ledger, payments } satisfies Billing,
      jobs: [ledger.job],
      relays: [paymentCollection],
    }
  },
})

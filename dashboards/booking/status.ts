import { defineTexts } from '../kit/language.ts'
import type { BookingView } from '../kit/views.ts'

/** Those that need their time: a copy of the platform's, which has its schemas with it. */
export const liveStatuses: ReadonlySet<BookingView['status']> = new Set([
  'PENDING',
  'CONFIRMED',
  'INPROGRESS',
])

/** What a booking is doing, for a person. */
export const bookingStatusTexts = defineTexts({
  'en-US': {
    PENDING: 'being paid',
    CONFIRMED: 'confirmed',
    INPROGRESS: 'in the pod',
    COMPLETED: 'over',
    CANCELLED: 'cancelled',
    NOSHOW: 'did not come',
  },
  'pt-BR': {
    PENDING: 'em pagamento',
    CONFIRMED: 'confirmada',
    INPROGRESS: 'na cabine',
    COMPLETED: 'encerrada',
    CANCELLED: 'cancelada',
    NOSHOW: 'não veio',
  },
  fr: {
    PENDING: 'en paiement',
    CONFIRMED: 'confirmée',
    INPROGRESS: 'dans la cabine',
    COMPLETED: 'terminée',
    CANCELLED: 'annulée',
    NOSHOW: 'pas venu',
  },
})

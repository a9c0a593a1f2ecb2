import { type Aggregate, type Handled, openAggregate } from '../platform/kit/decider/aggregate.ts'
import type { Platform } from '../platform/platform.ts'
import {
  type BookingPayment,
  type Charged,
  dueOf,
  extraId,
  paymentCollection,
  type PaymentCommand,
  paymentDecider,
  type PaymentEvent,
  type PaymentRefusal,
} from './booking-payment.ts'
import type { Ledger } from './ledger.ts'

export interface BookingPaymentParts extends Pick<Platform, 'clock' | 'relay' | 'store'> {
  readonly ledger: Ledger
}

type Outcome = Handled<BookingPayment, PaymentEvent, PaymentRefusal>

/**
 * Bookings paid from wallets. What a payment is comes first, in one document that decides who was first; then the wallet
 * follows. Each step may be taken again by whoever finds it half done: the events of the payment come again until it is.
 */
export class BookingPayments {
  readonly #parts: BookingPaymentParts
  readonly #aggregate: Aggregate<BookingPayment, PaymentCommand, PaymentEvent, PaymentRefusal>

  constructor(parts: BookingPaymentParts) {
    this.#parts = parts
    this.#aggregate = openAggregate({ ...parts, collection: paymentCollection, decider: paymentDecider })
  }

  async get(orgId: string, bookingId: string): Promise<BookingPayment | undefined> {
    return (await this.#parts.store.organization(orgId).collection(paymentCollection).get(bookingId))
      ?.document
  }

  /** Holds the credits, and tells whether there were enough. */
  async start(orgId: string, payment: Charged, causationId?: string): Promise<BookingPayment> {
    const known = await this.get(orgId, payment.id)
    if (known !== undefined) return this.#settle(orgId, known)
    const isHeld = await this.#hold(orgId, payment.userId, payment.id, payment.podId, payment.credits)
    const command = { type: 'StartPayment', payment, isHeld } as const
    return this.#carryOut(orgId, payment.id, {
      ...command,
      ...(causationId === undefined ? {} : { causationId }),
    })
  }

  /** The booking was confirmed: what was held is ours. */
  charge(orgId: string, bookingId: string): Promise<BookingPayment | undefined> {
    return this.#ifPaid(orgId, bookingId, { type: 'ChargePayment' })
  }

  /** The booking came to nothing; what was held is free again, and nothing will be held for it any more. */
  void(orgId: string, payment: Charged): Promise<BookingPayment> {
    return this.#carryOut(orgId, payment.id, { type: 'VoidPayment', payment })
  }

  /** Holds what a change of the booking costs more. False when there is not so much. */
  holdExtra(orgId: string, { credits, id, podId, userId }: Charged, n: number): Promise<boolean> {
    return this.#hold(orgId, userId, extraId(id, n), podId, credits)
  }

  async releaseExtra(orgId: string, userId: string, bookingId: string, n: number): Promise<void> {
    await this.#parts.ledger.post(orgId, userId, { type: 'Release', id: extraId(bookingId, n) }, userId)
  }

  /** The change was made: what was held for it is ours. */
  chargeExtra(
    orgId: string,
    bookingId: string,
    n: number,
    credits: number,
  ): Promise<BookingPayment | undefined> {
    return this.#ifPaid(orgId, bookingId, { type: 'ExtendPayment', n, credits })
  }

  /** What staying on comes to, once; what the wallet does not have is not taken. */
  async chargeOverstay(orgId: string, { credits, id, podId, userId }: Charged): Promise<boolean> {
    const command = { type: 'Overstay', id, podId, credits } as const
    return (await this.#parts.ledger.post(orgId, userId, command, 'booking')).kind === 'posted'
  }

  async refund(
    orgId: string,
    bookingId: string,
    refund: Omit<Extract<PaymentCommand, { readonly type: 'RefundPayment' }>, 'type'>,
  ): Promise<Outcome> {
    const outcome = await this.#aggregate.handle(orgId, bookingId, { type: 'RefundPayment', ...refund })
    if (outcome.kind === 'done') await this.#settle(orgId, outcome.state)
    return outcome
  }

  /** Has the wallet do what is still to be done. */
  async settle(orgId: string, bookingId: string): Promise<void> {
    const payment = await this.get(orgId, bookingId)
    if (payment !== undefined) await this.#settle(orgId, payment)
  }

  async #ifPaid(
    orgId: string,
    bookingId: string,
    command: PaymentCommand,
  ): Promise<BookingPayment | undefined> {
    const outcome = await this.#aggregate.handle(orgId, bookingId, command)
    return outcome.kind === 'done' ? this.#settle(orgId, outcome.state) : undefined
  }

  async #carryOut(orgId: string, bookingId: string, command: PaymentCommand): Promise<BookingPayment> {
    const outcome = await this.#aggregate.handle(orgId, bookingId, command)
    if (outcome.kind !== 'done') throw new Error(`${command.type} of ${bookingId} was ${outcome.kind}`)
    return this.#settle(orgId, outcome.state)
  }

  async #settle(orgId: string, payment: BookingPayment): Promise<BookingPayment> {
    for (const { actor, command } of dueOf(payment)) {
      const posted = await this.#parts.ledger.post(orgId, payment.userId, command, actor)
      if (posted.kind === 'refused')
        throw new Error(`${command.type} of ${command.id} was refused: ${posted.refusal}`)
    }
    return payment
  }

  async #hold(orgId: string, userId: string, id: string, podId: string, credits: number): Promise<boolean> {
    if (credits === 0) return true
    const posted = await this.#parts.ledger.post(orgId, userId, { type: 'Hold', id, credits, podId }, userId)
    return posted.kind !== 'refused'
  }
}

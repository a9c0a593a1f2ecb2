import { randomUUID } from 'node:crypto'
import type { ChargeStatus, Money } from '../../nodes/platform/payments/port.ts'

export interface NewPayment {
  readonly reference: string
  readonly price: Money
  readonly description: string
  readonly returnUrl: string
  /** Where it is told; of some providers it is a setting of the account. */
  readonly webhookUrl: string
}

export interface Payment extends NewPayment {
  /** What each protocol makes its ids of. */
  readonly key: string
  readonly status: ChargeStatus
  /** Somebody tried, and was declined. */
  readonly wasDeclined: boolean
  /** Whole seconds, as Stripe has them. */
  readonly createdAtMs: number
}

export interface DeskOptions {
  /** A minor unit less is taken than was asked for. */
  readonly isShort: boolean
  readonly nowMs: () => number
  readonly onChange: (payment: Payment) => void
}

/** The payments of a provider, whatever it calls them. */
export class Desk {
  readonly #options: DeskOptions
  readonly #payments = new Map<string, Payment>()

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** One for each reference. */
  open(wanted: NewPayment): Payment {
    const known = [...this.#payments.values()].find(({ reference }) => reference === wanted.reference)
    if (known !== undefined) return known
    const { amountMinor, currency } = wanted.price
    const payment: Payment = {
      ...wanted,
      price: { amountMinor: amountMinor - (this.#options.isShort ? 1 : 0), currency },
      key: randomUUID(),
      status: 'pending',
      wasDeclined: false,
      createdAtMs: Math.floor(this.#options.nowMs() / 1000) * 1000,
    }
    this.#payments.set(payment.key, payment)
    return payment
  }

  find(key: string): Payment | undefined {
    return this.#payments.get(key)
  }

  /** In the order in which they were begun. */
  all(): readonly Payment[] {
    return [...this.#payments.values()]
  }

  become(key: string, change: Pick<Partial<Payment>, 'status' | 'wasDeclined'>): void {
    const before = this.#payments.get(key)
    if (before === undefined) return
    const after = { ...before, ...change }
    this.#payments.set(key, after)
    this.#options.onChange(after)
  }
}

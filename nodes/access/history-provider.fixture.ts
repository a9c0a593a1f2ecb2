/** A provider of payments in memory, for random histories: its webhooks come when the history says so, if they ever do. */
import {
  type Charge,
  type ChargeStatus,
  type PaymentProvider,
  ProviderUnavailable,
  type Webhook,
} from '../platform/payments/port.ts'

export interface HistoryProvider extends PaymentProvider {
  readonly charges: ReadonlyMap<string, Charge>
  /** Money that was given back, by charge. */
  readonly refunds: readonly string[]
  /** What it has to tell, oldest first: each as its charge was at that moment. */
  readonly notices: Webhook[]
  /** So many of its next answers are errors. */
  fail(answers: number): void
  /** Somebody pays, or does not. @param missing minor units less than the price */
  settle(id: string, status: ChargeStatus, missing?: number): void
}

export function historyProvider(): HistoryProvider {
  const charges = new Map<string, Charge>()
  const refunds: string[] = []
  const notices: Webhook[] = []
  let failures = 0
  const answer = <T>(made: () => T): Promise<T> => {
    if (failures === 0) return Promise.resolve(made())
    failures -= 1
    return Promise.reject(new ProviderUnavailable('on purpose'))
  }
  const become = (charge: Charge): void => {
    charges.set(charge.id, charge)
    notices.push({ headers: {}, body: Buffer.from(JSON.stringify(charge)) })
  }
  return {
    key: 'sandbox',
    charges,
    refunds,
    notices,
    fail(answers) {
      failures = answers
    },
    settle(id, status, missing = 0) {
      const charge = charges.get(id)
      if (charge?.status !== 'pending') return
      const { amountMinor, currency } = charge.price
      become({ ...charge, status, price: { amountMinor: amountMinor - missing, currency } })
    },
    openCheckout: ({ price, reference }) =>
      answer(() => {
        const id = `co/${reference}`
        if (!charges.has(id)) charges.set(id, { id, reference, status: 'pending', price })
        return { id, redirectUrl: 'http://127.0.0.1:9' }
      }),
    charge: (id) => answer(() => charges.get(id)),
    refund: (id) =>
      answer(() => {
        const charge = charges.get(id)
        if (charge?.status !== 'paid') return
        refunds.push(id)
        become({ ...charge, status: 'refunded' })
      }),
    chargesBetween: () => answer(() => [...charges.values()]),
    // As the history has it, it is signed.
    readWebhook: ({ body }) => ({
      kind: 'charge',
      // oxlint-disable-next-line no-unsafe-type-assertion -- what `become` has written
      charge: JSON.parse(Buffer.from(body).toString()) as Charge,
    }),
  }
}

/** Accounts of the ledger, by name. Credits are counted in `CREDITS`, money in minor units of its currency. */

export const credits = 'CREDITS'

export const accounts = {
  /** What a user may spend. */
  wallet: (userId: string): string => `wallet/${userId}`,
  /** What is set aside for bookings that are not confirmed yet. With the wallet it is the user's balance. */
  held: (userId: string): string => `wallet-held/${userId}`,
  revenue: 'revenue/bookings',
  refunds: 'refunds/bookings',
  promotions: 'promotions',
  /** Credits that came into being by being bought; its counterpart in money is `sales`. */
  creditsSold: 'credits-sold',
  sales: 'sales',
  /** Money that a payment provider has taken for us. */
  clearing: (provider: string): string => `clearing/${provider}`,
} as const

export interface Line {
  readonly account: string
  readonly currency: string
  /** Whole; into the account when positive. */
  readonly amount: number
}

/** So much from one account to another. */
export const transfer = (
  from: string,
  to: string,
  amount: number,
  currency: string = credits,
): readonly Line[] => [
  { account: from, currency, amount: -amount },
  { account: to, currency, amount },
]

/** What the lines come to, by currency. */
export function sumsOf(lines: readonly Line[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { amount, currency } of lines) sums.set(currency, (sums.get(currency) ?? 0) + amount)
  return sums
}

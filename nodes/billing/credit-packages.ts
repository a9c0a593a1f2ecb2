import { z } from 'zod'

export const packageView = z.object({
  key: z.string(),
  credits: z.int(),
  price: z.object({ amountMinor: z.int(), currency: z.string() }),
})
export type CreditPackage = z.output<typeof packageView>

/** What every organization sells. */
export const creditPackages: readonly CreditPackage[] = [
  { key: 'small', credits: 10, price: { amountMinor: 2_000, currency: 'BRL' } },
  { key: 'medium', credits: 50, price: { amountMinor: 9_000, currency: 'BRL' } },
  { key: 'large', credits: 200, price: { amountMinor: 32_000, currency: 'BRL' } },
]

export const packageOf = (key: string): CreditPackage | undefined =>
  creditPackages.find((each) => each.key === key)

import { expect } from 'vitest'
import { accounts } from './account.ts'
import type { Ledger } from './ledger.ts'

/** Of each account; 0 of one without entries. */
export async function balancesOf(ledger: Ledger, orgId: string): Promise<(account: string) => number> {
  const balances = await ledger.trialBalance(orgId)
  return (account) => balances.find((each) => each.account === account)?.balance ?? 0
}

/** Nothing is held of anybody's credits any more, and each wallet is what its entries come to. */
export async function expectNothingHeld(
  ledger: Ledger,
  orgId: string,
  users: readonly string[],
): Promise<void> {
  const of = await balancesOf(ledger, orgId)
  for (const user of users) {
    const wallet = await ledger.wallet(orgId, user)
    expect({ user, held: wallet.holds, account: of(accounts.held(user)) }).toEqual({
      user,
      held: [],
      account: 0,
    })
    expect(wallet.balance).toBe(of(accounts.wallet(user)))
  }
}

/** Accounts, amounts and differences, for a person. */
import { formatMoney } from '../../../dashboards/kit/money.ts'
import type { AccountView, DifferenceView, LedgerEntryView } from '../../../dashboards/kit/views.ts'
import { accounts, credits } from '../../billing/account.ts'
import { texts } from './texts.ts'

export interface AccountRow {
  /** As the ledger has it; of the wallets together, what they begin with. */
  readonly account: string
  readonly name: string
  readonly balance: string
  /** Many accounts in one row, which have no entries of their own. */
  readonly isMany: boolean
}

const walletPrefix = accounts.wallet('')
const heldPrefix = accounts.held('')
const clearingPrefix = accounts.clearing('')

const names: Readonly<Record<string, string>> = {
  [accounts.revenue]: texts.revenue,
  [accounts.refunds]: texts.refunds,
  [accounts.promotions]: texts.promotions,
  [accounts.creditsSold]: texts.creditsSold,
  [accounts.sales]: texts.sales,
}

/** One that we have no word for keeps its own. */
export function accountName(account: string): string {
  if (account.startsWith(walletPrefix)) return texts.wallet
  if (account.startsWith(heldPrefix)) return texts.held
  if (account.startsWith(clearingPrefix)) return texts.clearing(account.slice(clearingPrefix.length))
  return names[account] ?? account
}

export const amountText = (amount: number, currency: string): string =>
  currency === credits ? texts.credits(amount) : formatMoney({ amountMinor: amount, currency })

/** Wallets are one row, and what is set aside of them another: there are as many as there are customers. */
export function accountRows(balances: readonly AccountView[]): readonly AccountRow[] {
  const single: AccountRow[] = []
  const many = new Map<string, { readonly count: number; readonly balance: number }>()
  for (const { account, balance, currency } of balances) {
    const prefix = [walletPrefix, heldPrefix].find((each) => account.startsWith(each))
    if (prefix === undefined) {
      const name = accountName(account)
      single.push({ account, name, balance: amountText(balance, currency), isMany: false })
    } else {
      const known = many.get(prefix) ?? { count: 0, balance: 0 }
      many.set(prefix, { count: known.count + 1, balance: known.balance + balance })
    }
  }
  const together = [...many].map(([prefix, { balance, count }]) => ({
    account: prefix,
    name: prefix === walletPrefix ? texts.wallets(count) : texts.heldOf(count),
    balance: amountText(balance, credits),
    isMany: true,
  }))
  return [...together, ...single]
}

/** Whether each currency comes to zero by itself: another may not make up for it. */
export function isProven(balances: readonly AccountView[]): boolean {
  const sums = new Map<string, number>()
  for (const { balance, currency } of balances) sums.set(currency, (sums.get(currency) ?? 0) + balance)
  return [...sums.values()].every((sum) => sum === 0)
}

export const linesOf = ({ lines }: Pick<LedgerEntryView, 'lines'>): readonly string[] =>
  lines.map(
    ({ account, amount, currency }) =>
      `${accountName(account)} ${amount > 0 ? '+' : ''}${amountText(amount, currency)}`,
  )

type Named = (here: string | null, there: string | null) => string

const differences: Readonly<Record<DifferenceView['kind'], Named>> = {
  'missing-here': (_, there) => texts['missing-here'](statusText(there)),
  'missing-there': (here) => texts['missing-there'](statusText(here)),
  amount: (here, there) => texts.amount(moneyText(here), moneyText(there)),
  status: (here, there) => texts.status(statusText(here), statusText(there)),
  'not-credited': () => texts['not-credited'],
}

/** What differs, as the rest of a sentence that begins with whose it is. */
export const differenceText = ({ here, kind, there }: DifferenceView): string =>
  differences[kind](here, there)

const statuses = ['pending', 'paid', 'failed', 'expired', 'refunded'] as const

function statusText(text: string | null): string {
  const status = statuses.find((each) => each === text)
  return status === undefined ? (text ?? '–') : texts[status]
}

/** `2000 BRL`, in the smallest unit. */
function moneyText(text: string | null): string {
  const found = /^(?<amount>-?\d+) (?<currency>[A-Z]{3})$/.exec(text ?? '')?.groups
  return found === undefined
    ? (text ?? '–')
    : formatMoney({ amountMinor: Number(found['amount']), currency: found['currency'] ?? '' })
}

/**
 * What may happen to a wallet. Pure: each command comes to one transaction of the ledger, or to a refusal; the wallet is what
 * its transactions make of it, and never below zero.
 */
import { accounts, credits, type Line, transfer } from './account.ts'
import type { LedgerTransaction } from './ledger-transaction.ts'

export interface WalletState {
  /** The user's id. */
  readonly id: string
  /** With what is held. */
  readonly balance: number
  /** Set aside, by what it is for. */
  readonly holds: readonly { readonly id: string; readonly credits: number }[]
}

export interface Price {
  readonly amountMinor: number
  readonly currency: string
}

export type WalletCommand =
  | { readonly type: 'Grant'; readonly id: string; readonly credits: number; readonly reason: string }
  | {
      readonly type: 'Purchase'
      readonly id: string
      readonly credits: number
      readonly price: Price
      readonly provider: string
    }
  /** The provider gives the money back; what was spent already cannot be taken back. */
  | {
      readonly type: 'RefundPurchase'
      readonly id: string
      readonly credits: number
      readonly price: Price
      readonly provider: string
      readonly reason: string
    }
  | { readonly type: 'Hold'; readonly id: string; readonly credits: number; readonly podId: string }
  | { readonly type: 'Release'; readonly id: string }
  /** What a guest stayed on for, as far as there is something to take it from. */
  | { readonly type: 'Overstay'; readonly id: string; readonly credits: number; readonly podId: string }
  /** What was held is earned. */
  | { readonly type: 'Charge'; readonly id: string; readonly podId: string }
  | {
      readonly type: 'Refund'
      readonly id: string
      readonly credits: number
      readonly podId: string
      readonly reason: string
    }

export type WalletRefusal = 'too-few-credits' | 'nothing-held'

export type Posting = Pick<LedgerTransaction, 'kind' | 'podId' | 'reason' | 'source'> & {
  readonly lines: readonly Line[]
}
export type Verdict =
  | { readonly kind: 'posting'; readonly posting: Posting }
  /** It has come to nothing, and may come again. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly refusal: WalletRefusal }

/** The one transaction that the command can come to. */
export const transactionId = ({ id, type }: Pick<WalletCommand, 'id' | 'type'>): string =>
  `${kinds[type]}/${id}`

const kinds = {
  Grant: 'grant',
  Purchase: 'purchase',
  RefundPurchase: 'purchase-refund',
  Hold: 'hold',
  Release: 'release',
  Charge: 'charge',
  Overstay: 'overstay',
  Refund: 'refund',
} as const satisfies Record<WalletCommand['type'], LedgerTransaction['kind']>

export const emptyWallet = (userId: string): WalletState => ({ id: userId, balance: 0, holds: [] })

export const heldOf = ({ holds }: Pick<WalletState, 'holds'>): number =>
  holds.reduce((sum, hold) => sum + hold.credits, 0)

/** What it comes to; total. */
export function decideWallet(wallet: WalletState, command: WalletCommand): Verdict {
  // oxlint-disable-next-line no-unsafe-type-assertion -- the command is of the type whose decider is called
  return deciders[command.type](wallet, command as never)
}

type Deciders = {
  readonly [T in WalletCommand['type']]: (
    wallet: WalletState,
    command: Extract<WalletCommand, { readonly type: T }>,
  ) => Verdict
}
const deciders: Deciders = {
  Grant: ({ id }, command) =>
    posting(command, transfer(accounts.promotions, accounts.wallet(id), command.credits)),
  Purchase: ({ id }, command) =>
    posting(command, [
      ...transfer(accounts.creditsSold, accounts.wallet(id), command.credits),
      ...moneyOf(command.provider, command.price),
    ]),
  RefundPurchase: (wallet, command) =>
    freeOf(wallet) < command.credits
      ? tooFew
      : posting(command, [
          ...transfer(accounts.wallet(wallet.id), accounts.creditsSold, command.credits),
          ...moneyOf(command.provider, { ...command.price, amountMinor: -command.price.amountMinor }),
        ]),
  Hold(wallet, command) {
    if (holdOf(wallet, command.id) !== undefined) return { kind: 'nothing' }
    if (freeOf(wallet) < command.credits) return tooFew
    return posting(command, transfer(accounts.wallet(wallet.id), accounts.held(wallet.id), command.credits))
  },
  Release(wallet, command) {
    const hold = holdOf(wallet, command.id)
    if (hold === undefined) return { kind: 'nothing' }
    return posting(command, transfer(accounts.held(wallet.id), accounts.wallet(wallet.id), hold.credits))
  },
  Charge(wallet, command) {
    const hold = holdOf(wallet, command.id)
    if (hold === undefined) return { kind: 'refused', refusal: 'nothing-held' }
    return posting(command, transfer(accounts.held(wallet.id), accounts.revenue, hold.credits))
  },
  Overstay(wallet, command) {
    const taken = Math.min(command.credits, freeOf(wallet))
    if (taken <= 0) return { kind: 'nothing' }
    return posting(command, transfer(accounts.wallet(wallet.id), accounts.revenue, taken))
  },
  Refund: ({ id }, command) =>
    posting(command, transfer(accounts.refunds, accounts.wallet(id), command.credits)),
}

const tooFew: Verdict = { kind: 'refused', refusal: 'too-few-credits' }
/** What may be spent. */
const freeOf = (wallet: WalletState): number => wallet.balance - heldOf(wallet)
const holdOf = ({ holds }: WalletState, id: string): WalletState['holds'][number] | undefined =>
  holds.find((hold) => hold.id === id)

/** The wallet after a transaction of its own. */
export function evolveWallet(
  wallet: WalletState,
  { kind, lines, source }: Pick<Posting, 'kind' | 'lines' | 'source'>,
): WalletState {
  const sumOf = (account: string): number =>
    lines.reduce(
      (sum, line) => (line.account === account && line.currency === credits ? sum + line.amount : sum),
      0,
    )
  const heldBy = sumOf(accounts.held(wallet.id))
  const others = wallet.holds.filter(({ id }) => id !== source.id)
  return {
    ...wallet,
    balance: wallet.balance + sumOf(accounts.wallet(wallet.id)) + heldBy,
    holds:
      kind === 'hold' ? [...others, { id: source.id, credits: heldBy }] : heldBy < 0 ? others : wallet.holds,
  }
}

const posting = (command: WalletCommand, lines: readonly Line[]): Verdict => ({
  kind: 'posting',
  posting: {
    kind: kinds[command.type],
    lines,
    podId: 'podId' in command ? command.podId : null,
    reason: 'reason' in command ? command.reason : null,
    source: { kind: sourceKinds[command.type], id: command.id },
  },
})

const sourceKinds = {
  Grant: 'grant',
  Purchase: 'purchase',
  RefundPurchase: 'purchase',
  Hold: 'booking',
  Release: 'booking',
  Charge: 'booking',
  Overstay: 'booking',
  Refund: 'booking',
} as const satisfies Record<WalletCommand['type'], string>

const moneyOf = (provider: string, { amountMinor, currency }: Price): readonly Line[] =>
  transfer(accounts.sales, accounts.clearing(provider), amountMinor, currency)

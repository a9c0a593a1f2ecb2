import { z } from 'zod'
import { dueFields } from '../platform/kit/jobs/job.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { transactionSchema } from './ledger-transaction.ts'
import { heldOf, type WalletState } from './wallet-decider.ts'

/** The balance of a user: what its transactions come to, written in one compare-and-set with the newest of them. */
export const walletSchema = z.strictObject({
  /** The user's. */
  id: z.string(),
  balance: z.int().min(0),
  holds: z.array(z.strictObject({ id: z.string(), credits: z.int().min(1) })),
  /** Transactions that count and are perhaps not among those of the ledger yet. */
  unsealed: z.array(transactionSchema),
  /** When somebody has to see to that. */
  ...dueFields,
})
export type WalletDocument = z.output<typeof walletSchema>

export const walletCollection: CollectionSpec<WalletDocument> = {
  name: 'wallets',
  schema: walletSchema,
  indexesEverywhere: [['dueAtMs']],
}

export const walletView = z.object({ userId: z.string(), balance: z.int(), held: z.int() })

export const viewWallet = (wallet: WalletState): z.output<typeof walletView> => ({
  userId: wallet.id,
  balance: wallet.balance,
  held: heldOf(wallet),
})

import { z } from 'zod'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { accounts, credits, sumsOf } from './account.ts'

export const transactionKinds = [
  'grant',
  'purchase',
  'purchase-refund',
  'hold',
  'release',
  'charge',
  'overstay',
  'refund',
] as const

const lineSchema = z.strictObject({
  account: z.string().min(1),
  currency: z.string().min(3).max(8),
  amount: z.int().refine((amount) => amount !== 0, 'moves nothing'),
})

/** Written once and never changed: what was wrong is put right by another. */
export const transactionSchema = z.strictObject({
  /** Of its kind and what it is about, so that it is written once. */
  id: z.string(),
  kind: z.enum(transactionKinds),
  atMs: z.number(),
  /** Whose wallet it moves. */
  userId: z.string(),
  /** Which pod it was earned with. */
  podId: z.string().nullable(),
  source: z.strictObject({ kind: z.string(), id: z.string() }),
  reason: z.string().nullable(),
  actor: z.string(),
  lines: z
    .array(lineSchema)
    .min(2)
    .refine((lines) => [...sumsOf(lines).values()].every((sum) => sum === 0), 'does not sum to zero'),
  /** The accounts of its lines, to be found by. */
  accounts: z.array(z.string()),
})
export type LedgerTransaction = z.output<typeof transactionSchema>

export const transactionCollection: CollectionSpec<LedgerTransaction> = {
  name: 'ledger_transactions',
  schema: transactionSchema,
  indexes: [['atMs'], ['userId', 'atMs'], ['kind', 'atMs']],
}

export const transactionView = z.object({
  id: z.string(),
  kind: z.enum(transactionKinds),
  at: z.iso.datetime(),
  source: transactionSchema.shape.source,
  reason: z.string().nullable(),
  actor: z.string(),
  lines: z.array(z.object({ account: z.string(), currency: z.string(), amount: z.int() })),
})

export const viewTransaction = ({
  actor,
  atMs,
  id,
  kind,
  lines,
  reason,
  source,
}: LedgerTransaction): z.output<typeof transactionView> => ({
  id,
  kind,
  at: toIsoTime(atMs),
  source,
  reason,
  actor,
  lines,
})

export const walletEntryView = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  credits: z.int(),
  source: transactionSchema.shape.source,
})

/** What the transaction did to the user's balance, of which what is held is a part. */
export function creditsOf({ lines, userId }: Pick<LedgerTransaction, 'lines' | 'userId'>): number {
  const own = new Set([accounts.wallet(userId), accounts.held(userId)])
  return lines.reduce(
    (sum, { account, amount, currency }) => (currency === credits && own.has(account) ? sum + amount : sum),
    0,
  )
}

export const viewEntry = (transaction: LedgerTransaction): z.output<typeof walletEntryView> => ({
  id: transaction.id,
  at: toIsoTime(transaction.atMs),
  credits: creditsOf(transaction),
  source: transaction.source,
})

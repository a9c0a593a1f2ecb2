/**
 * Double entry on a store that knows no transaction over two documents. A wallet is written together with the transaction
 * that changes it, in one compare-and-set; the transaction is then sealed: inserted among those of the ledger, under an id
 * that it can have only once. Whoever posts reads the wallet first and the ledger after it: a transaction that counts is
 * in one of the two, so it counts once, whatever dies in between and whoever comes at the same moment.
 */
import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, Filter, Page, Stored } from '../platform/store/port.ts'
import { type LedgerTransaction, transactionCollection } from './ledger-transaction.ts'
import { walletCollection, type WalletDocument } from './wallet.ts'
import {
  decideWallet,
  emptyWallet,
  evolveWallet,
  transactionId,
  type WalletCommand,
  type WalletRefusal,
  type WalletState,
} from './wallet-decider.ts'

export type Posted =
  | {
      readonly kind: 'posted'
      readonly transaction: LedgerTransaction
      /** It had been posted before. */
      readonly isRepeat: boolean
    }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly refusal: WalletRefusal }

export interface AccountBalance {
  readonly account: string
  readonly currency: string
  readonly balance: number
}

/** Somebody else seals it before, as a rule: whoever has posted it. */
const sealAfterMs = 2000

export type LedgerParts = Pick<Platform, 'clock' | 'store'>

export class Ledger {
  readonly #parts: LedgerParts

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  async wallet(orgId: string, userId: string): Promise<WalletState> {
    return (await this.#wallets(orgId).get(userId))?.document ?? emptyWallet(userId)
  }

  /** Once for each command's id, however often it comes. @param actor whose doing it is */
  async post(orgId: string, userId: string, command: WalletCommand, actor: string): Promise<Posted> {
    const id = transactionId(command)
    for (;;) {
      const stored = await this.#wallets(orgId).get(userId)
      const known =
        stored?.document.unsealed.find((transaction) => transaction.id === id) ??
        (await this.#transactions(orgId).get(id))?.document
      if (known !== undefined) return { kind: 'posted', transaction: known, isRepeat: true }
      const wallet = stored?.document ?? emptyWallet(userId)
      const verdict = decideWallet(wallet, command)
      if (verdict.kind !== 'posting') return verdict
      const atMs = this.#parts.clock.nowMs()
      const { posting } = verdict
      const transaction: LedgerTransaction = {
        ...posting,
        id,
        atMs,
        userId,
        actor,
        lines: [...posting.lines],
        accounts: [...new Set(posting.lines.map(({ account }) => account))],
      }
      if (await this.#write(orgId, stored, evolveWallet(wallet, posting), transaction))
        return { kind: 'posted', transaction, isRepeat: false }
    }
  }

  async #write(
    orgId: string,
    stored: Stored<WalletDocument> | undefined,
    wallet: WalletState,
    transaction: LedgerTransaction,
  ): Promise<boolean> {
    const next: WalletDocument = {
      id: wallet.id,
      balance: wallet.balance,
      holds: [...wallet.holds],
      unsealed: [...(stored?.document.unsealed ?? []), transaction],
      dueAtMs: transaction.atMs + sealAfterMs,
      failures: 0,
    }
    const wallets = this.#wallets(orgId)
    const written =
      stored === undefined ? await wallets.insert(next) : await wallets.replace(next, stored.version)
    if (written.kind !== 'inserted' && written.kind !== 'replaced') return false
    await this.#seal(orgId, written.stored.document)
    return true
  }

  async #seal(orgId: string, { id, unsealed }: WalletDocument): Promise<void> {
    for (const transaction of unsealed) await this.#transactions(orgId).insert(transaction)
    const sealed = new Set(unsealed.map((transaction) => transaction.id))
    await this.#wallets(orgId).update(id, (current) => withoutSealed(current, sealed))
  }

  async transaction(orgId: string, id: string): Promise<LedgerTransaction | undefined> {
    return (await this.#transactions(orgId).get(id))?.document
  }

  /** Newest first. */
  entries(
    orgId: string,
    filter: Filter,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<LedgerTransaction>> {
    return this.#transactions(orgId).find(filter, {
      sort: [{ path: 'atMs', direction: 'descending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  async *everyEntry(orgId: string, filter: Filter = {}): AsyncGenerator<LedgerTransaction> {
    for await (const { document } of everyDocument(this.#transactions(orgId), filter, {
      sort: [{ path: 'atMs', direction: 'ascending' }],
    }))
      yield document
  }

  /** Of every account what its lines come to, counted anew. */
  async trialBalance(orgId: string): Promise<readonly AccountBalance[]> {
    const balances = new Map<string, AccountBalance>()
    for await (const { lines } of this.everyEntry(orgId))
      for (const { account, amount, currency } of lines) {
        const key = `${account} ${currency}`
        const { balance } = balances.get(key) ?? { balance: 0 }
        balances.set(key, { account, currency, balance: balance + amount })
      }
    return [...balances.values()].sort((a, b) => (a.account < b.account ? -1 : 1))
  }

  /** Seals what whoever posted it could not. */
  get job(): JobDefinition<WalletDocument> {
    return defineJob<WalletDocument>({
      name: 'sealing transactions',
      collection: walletCollection,
      of: 'organizations',
      leaseMs: 10_000,
      maxAtOnce: 16,
      retry: { firstMs: 1000, lastMs: 60_000 },
      run: async ({ document, orgId }) => {
        for (const transaction of document.unsealed) await this.#transactions(orgId).insert(transaction)
        const sealed = new Set(document.unsealed.map(({ id }) => id))
        return (current) => withoutSealed(current, sealed)
      },
    })
  }

  #wallets(orgId: string): Collection<WalletDocument> {
    return this.#parts.store.organization(orgId).collection(walletCollection)
  }

  #transactions(orgId: string): Collection<LedgerTransaction> {
    return this.#parts.store.organization(orgId).collection(transactionCollection)
  }
}

function withoutSealed(wallet: WalletDocument, sealed: ReadonlySet<string>): WalletDocument {
  const unsealed = wallet.unsealed.filter(({ id }) => !sealed.has(id))
  return { ...wallet, unsealed, ...(unsealed.length === 0 ? { dueAtMs: null } : {}) }
}

import type { PaymentProvider, ProviderKey } from '../platform/payments/port.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Page } from '../platform/store/port.ts'
import type { Ledger } from './ledger.ts'
import { purchaseCollection } from './purchase.ts'
import { referenceOf } from './purchases.ts'
import {
  differencesOf,
  type OurPurchase,
  type Reconciliation,
  reconciliationCollection,
} from './reconciliation.ts'

export interface ReconcilingParts extends Pick<Platform, 'clock' | 'store'> {
  readonly ledger: Ledger
  readonly providers: ReadonlyMap<ProviderKey, PaymentProvider>
}

const dayMs = 86_400_000

/** Compares the purchases of a day with what each provider has of it. */
export class Reconciling {
  readonly #parts: ReconcilingParts

  constructor(parts: ReconcilingParts) {
    this.#parts = parts
  }

  /** The same day again is compared anew. @throws ProviderUnavailable */
  async run(orgId: string, date: string, fromMs: number): Promise<readonly Reconciliation[]> {
    const { clock, providers, store } = this.#parts
    const done: Reconciliation[] = []
    for (const [key, provider] of providers) {
      const prefix = referenceOf(orgId, '')
      const theirs = (await provider.chargesBetween(fromMs, fromMs + dayMs))
        .filter(({ reference }) => reference.startsWith(prefix))
        .map((charge) => Object.assign({ purchaseId: charge.reference.slice(prefix.length) }, charge))
      const ours = await this.#ours(orgId, key, fromMs)
      const reconciliation: Reconciliation = {
        id: `${key}/${date}`,
        date,
        provider: key,
        atMs: clock.nowMs(),
        charges: theirs.length,
        purchases: ours.length,
        differences: [...differencesOf(ours, theirs)],
      }
      await store.organization(orgId).collection(reconciliationCollection).upsert(reconciliation)
      done.push(reconciliation)
    }
    return done
  }

  /** Newest day first. */
  list(
    orgId: string,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Reconciliation>> {
    return this.#parts.store
      .organization(orgId)
      .collection(reconciliationCollection)
      .find(
        {},
        {
          sort: [{ path: 'date', direction: 'descending' }],
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        },
      )
  }

  async #ours(orgId: string, provider: ProviderKey, fromMs: number): Promise<readonly OurPurchase[]> {
    const ours: OurPurchase[] = []
    const purchases = this.#parts.store.organization(orgId).collection(purchaseCollection)
    const filter = { provider, createdAtMs: { $gte: fromMs, $lt: fromMs + dayMs } }
    for await (const { document } of everyDocument(purchases, filter)) {
      if (document.checkout === null) continue
      const { id, price, status } = document
      const posted = await this.#parts.ledger.transaction(orgId, `purchase/${id}`)
      ours.push({ id, price, status, isCredited: posted !== undefined })
    }
    return ours
  }
}

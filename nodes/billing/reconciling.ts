import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Charge, PaymentProvider, ProviderKey } from '../platform/payments/port.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, Page } from '../platform/store/port.ts'
import type { Ledger } from './ledger.ts'
import { purchaseCollection, type PurchaseDocument } from './purchase.ts'
import { referenceOf } from './purchases.ts'
import {
  differencesOf,
  type OurPurchase,
  type Reconciliation,
  reconciliationCollection,
} from './reconciliation.ts'

type AskedProvider = Pick<PaymentProvider, 'charge' | 'chargesBetween'>

export interface ReconcilingParts extends Pick<Platform, 'clock' | 'store'> {
  readonly ledger: Ledger
  readonly providers: ReadonlyMap<ProviderKey, AskedProvider>
}

interface CheckedOut extends OurPurchase {
  readonly checkoutId: string
}
type TheirCharge = Charge & { readonly purchaseId: string }

const dayMs = 86_400_000
/** How many days are looked back to: a provider may be away, or the platform, and what differed may be settled since. */
const caughtUpDays = 7
/** How far apart the purchase and its page at the provider may have begun. */
const marginMs = 3_600_000

const dateLength = '2026-03-02'.length
const idOf = (provider: ProviderKey, date: string): string => `${provider}/${date}`

/** Compares the purchases of a day with what each provider has of it. */
export class Reconciling {
  readonly #parts: ReconcilingParts

  constructor(parts: ReconcilingParts) {
    this.#parts = parts
  }

  /** The same day again is compared anew. @throws ProviderUnavailable */
  async run(orgId: string, date: string, fromMs: number): Promise<readonly Reconciliation[]> {
    const done: Reconciliation[] = []
    for (const [key, provider] of this.#parts.providers)
      done.push(await this.#compare(orgId, key, provider, date, fromMs))
    return done
  }

  /**
   * Compares the days up to yesterday that were not yet once they were over, and anew those of which something differed.
   * @throws ProviderUnavailable when one does not answer, once the others are done
   */
  async catchUp(orgId: string): Promise<void> {
    const { clock, providers, store } = this.#parts
    const known = store.organization(orgId).collection(reconciliationCollection)
    const todayMs = Math.floor(clock.nowMs() / dayMs) * dayMs
    let away: unknown
    for (const [key, provider] of providers)
      try {
        for (let fromMs = todayMs - caughtUpDays * dayMs; fromMs < todayMs; fromMs += dayMs) {
          const date = toIsoTime(fromMs).slice(0, dateLength)
          const before = (await known.get(idOf(key, date)))?.document
          const isDone = before !== undefined && before.atMs >= fromMs + dayMs
          if (!isDone || before.differences.length > 0)
            await this.#compare(orgId, key, provider, date, fromMs)
        }
      } catch (error) {
        away ??= error
      }
    if (away !== undefined) throw away
  }

  async #compare(
    orgId: string,
    key: ProviderKey,
    provider: AskedProvider,
    date: string,
    fromMs: number,
  ): Promise<Reconciliation> {
    const { clock, store } = this.#parts
    const ours = await this.#ours(orgId, key, fromMs)
    const theirs = await this.#theirs(orgId, provider, ours, fromMs)
    const reconciliation: Reconciliation = {
      id: idOf(key, date),
      date,
      provider: key,
      atMs: clock.nowMs(),
      charges: theirs.length,
      purchases: ours.length,
      differences: [...differencesOf(ours, theirs)],
    }
    await store.organization(orgId).collection(reconciliationCollection).upsert(reconciliation)
    return reconciliation
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

  /** What the provider has of ours, and of the day what it has beyond them. */
  async #theirs(
    orgId: string,
    provider: AskedProvider,
    ours: readonly CheckedOut[],
    fromMs: number,
  ): Promise<readonly TheirCharge[]> {
    const listed = await provider.chargesBetween(fromMs - marginMs, fromMs + dayMs + marginMs)
    if (listed === undefined) {
      const theirs: TheirCharge[] = []
      for (const { checkoutId, id } of ours) {
        const charge = await provider.charge(checkoutId)
        if (charge !== undefined) theirs.push({ ...charge, purchaseId: id })
      }
      return theirs
    }
    const prefix = referenceOf(orgId, '')
    const own = new Set(ours.map(({ id }) => id))
    const purchases = this.#purchases(orgId)
    const theirs: TheirCharge[] = []
    for (const charge of listed) {
      if (!charge.reference.startsWith(prefix)) continue
      const purchaseId = charge.reference.slice(prefix.length)
      // One of the day before or after is compared there.
      if (own.has(purchaseId) || (await purchases.get(purchaseId)) === undefined)
        theirs.push({ ...charge, purchaseId })
    }
    return theirs
  }

  #purchases(orgId: string): Collection<PurchaseDocument> {
    return this.#parts.store.organization(orgId).collection(purchaseCollection)
  }

  async #ours(orgId: string, provider: ProviderKey, fromMs: number): Promise<readonly CheckedOut[]> {
    const ours: CheckedOut[] = []
    const purchases = this.#purchases(orgId)
    const filter = { provider, createdAtMs: { $gte: fromMs, $lt: fromMs + dayMs } }
    for await (const { document } of everyDocument(purchases, filter)) {
      if (document.checkout === null) continue
      const { id, price, status } = document
      const posted = await this.#parts.ledger.transaction(orgId, `purchase/${id}`)
      ours.push({ id, price, status, isCredited: posted !== undefined, checkoutId: document.checkout.id })
    }
    return ours
  }
}

import { type Aggregate, type Handled, openAggregate } from '../platform/kit/decider/aggregate.ts'
import { Tally } from '../platform/kit/tally.ts'
import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import type { Charge, PaymentProvider, ProviderKey, Webhook } from '../platform/payments/port.ts'
import type { Platform } from '../platform/platform.ts'
import type { Filter, Page } from '../platform/store/port.ts'
import type { Ledger } from './ledger.ts'
import {
  type NewPurchase,
  purchaseCollection,
  type PurchaseCommand,
  purchaseDecider,
  type PurchaseDocument,
  type PurchaseEvent,
  type PurchaseRefusal,
  type PurchaseState,
} from './purchase.ts'

export interface PurchaseParts extends Pick<Platform, 'clock' | 'jobs' | 'relay' | 'store'> {
  readonly ledger: Ledger
  readonly providers: ReadonlyMap<ProviderKey, PaymentProvider>
  /** How often a provider is asked about what was not paid yet. */
  readonly pollMs: number
}

export type Refunded =
  | { readonly kind: 'refunded'; readonly purchase: PurchaseState }
  | { readonly kind: 'refused'; readonly refusal: PurchaseRefusal | 'spent' }

export type Heard = 'heard' | 'no-provider' | 'unknown' | { readonly refused: string }

const jobName = 'purchases'
/** No page to pay at is open for longer. */
const forgottenMs = 24 * 3_600_000
/** Ours, at the provider. */
export const referenceOf = (orgId: string, id: string): string => `${orgId}/${id}`

const ends = {
  paid: 'Purchases that were paid',
  failed: 'Purchases that came to nothing',
  expired: 'Purchases that nobody paid in time',
  refunded: 'Purchases that were given back',
  mispaid: 'Purchases of which something else was paid than they cost',
} as const
const endOf: Readonly<Partial<Record<PurchaseEvent['type'], keyof typeof ends>>> = {
  'PURCHASE.CREDITS': 'paid',
  PurchaseFailed: 'failed',
  PurchaseExpired: 'expired',
  PurchaseRefunded: 'refunded',
  PurchaseMispaid: 'mispaid',
}

/** Credits bought through providers. */
export class Purchases {
  readonly ended = new Tally('fleetloom_purchases', ends)
  readonly webhooks = new Tally('fleetloom_payment_webhooks', {
    heard: 'Webhooks of payment providers that concerned a purchase',
    unknown: 'Webhooks of payment providers that concerned nothing of ours',
    refused: 'Webhooks whose signature or time was not right',
  })
  readonly #parts: PurchaseParts
  readonly #aggregate: Aggregate<PurchaseState, PurchaseCommand, PurchaseEvent, PurchaseRefusal>

  constructor(parts: PurchaseParts) {
    this.#parts = parts
    this.#aggregate = openAggregate({ ...parts, collection: purchaseCollection, decider: purchaseDecider })
  }

  offers(provider: ProviderKey): boolean {
    return this.#parts.providers.has(provider)
  }

  /** With the page where it is paid; the same again is the same purchase. @throws ProviderUnavailable */
  async request(orgId: string, purchase: NewPurchase): Promise<PurchaseState> {
    const { pollMs } = this.#parts
    const { id } = purchase
    const requested = await this.#handle(orgId, id, { type: 'RequestPurchase', purchase, pollMs })
    if (requested.checkout !== null) return requested
    const checkout = await this.#provider(purchase.provider).openCheckout({
      reference: referenceOf(orgId, id),
      price: purchase.price,
      description: `${purchase.credits} credits`,
      returnUrl: purchase.returnUrl,
    })
    return this.#handle(orgId, id, { type: 'NoteCheckout', checkout })
  }

  async get(orgId: string, id: string): Promise<PurchaseDocument | undefined> {
    return (await this.#documents(orgId).get(id))?.document
  }

  /** Newest first. */
  list(
    orgId: string,
    filter: Filter,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<PurchaseDocument>> {
    return this.#documents(orgId).find(filter, {
      sort: [{ path: 'createdAtMs', direction: 'descending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  /** What a provider tells: durable when it resolves. */
  async hear(key: ProviderKey, webhook: Webhook): Promise<Heard> {
    const heard = await this.#hear(key, webhook)
    if (heard !== 'no-provider') this.webhooks.note(typeof heard === 'string' ? heard : 'refused')
    return heard
  }

  async #hear(key: ProviderKey, webhook: Webhook): Promise<Heard> {
    const provider = this.#parts.providers.get(key)
    if (provider === undefined) return 'no-provider'
    const reading = provider.readWebhook(webhook, this.#parts.clock.nowMs())
    if (reading.kind === 'refused') return { refused: reading.why }
    if (reading.kind === 'other') return 'unknown'
    const { charge } = reading
    const cut = charge.reference.lastIndexOf('/')
    const [orgId, id] = [charge.reference.slice(0, cut), charge.reference.slice(cut + 1)]
    if (cut < 1) return 'unknown'
    const purchase = await this.get(orgId, id)
    // One that is not there yet will be asked about.
    if (purchase?.provider !== key) return 'unknown'
    // It was paid before we knew where: a refund needs the id.
    if (purchase.checkout === null)
      await this.#handle(orgId, id, {
        type: 'NoteCheckout',
        checkout: { id: charge.id, redirectUrl: purchase.returnUrl },
      })
    await this.#note(orgId, purchase, charge)
    return 'heard'
  }

  /** Takes the credits, then gives back the money: one of several at once. @throws ProviderUnavailable when it will be tried again */
  async refund(orgId: string, id: string, reason: string, actor: string): Promise<Refunded> {
    const outcome = await this.#aggregate.handle(orgId, id, { type: 'RequestRefund', reason, actor })
    if (outcome.kind === 'refused') return outcome
    if (outcome.kind === 'duplicate') throw new Error('a purchase has no unique keys')
    return this.#finishRefund(orgId, outcome.state)
  }

  async #finishRefund(orgId: string, purchase: PurchaseState): Promise<Refunded> {
    const { checkout, credits, id, price, provider, refund, userId } = purchase
    const command = {
      type: 'RefundPurchase',
      id,
      credits,
      price,
      provider,
      reason: refund?.reason ?? '',
    } as const
    const posted = await this.#parts.ledger.post(orgId, userId, command, refund?.actor ?? provider)
    if (posted.kind === 'refused') {
      await this.#handle(orgId, id, { type: 'RefuseRefund' })
      return { kind: 'refused', refusal: 'spent' }
    }
    if (checkout !== null) await this.#provider(provider).refund(checkout.id)
    return { kind: 'refunded', purchase: await this.#handle(orgId, id, { type: 'CompleteRefund' }) }
  }

  /** Asks about what is not paid yet, and finishes what was left. */
  get job(): JobDefinition<PurchaseDocument> {
    return defineJob<PurchaseDocument>({
      name: jobName,
      collection: purchaseCollection,
      of: 'organizations',
      leaseMs: 30_000,
      maxAtOnce: 16,
      retry: { firstMs: 2000, lastMs: 300_000 },
      run: async ({ document, orgId }) => {
        if (document.refund?.isDone === false) await this.#finishRefund(orgId, document)
        else if (document.status === 'pending') await this.#poll(orgId, document)
        // Nothing came of it: it is looked at again.
        const againMs = this.#parts.clock.nowMs() + this.#parts.pollMs
        return (current) =>
          current.dueAtMs === document.dueAtMs && current.dueAtMs !== null
            ? { ...current, dueAtMs: againMs }
            : current
      },
    })
  }

  async #poll(orgId: string, purchase: PurchaseDocument): Promise<void> {
    const { checkout, provider } = purchase
    if (checkout === null) {
      await this.request(orgId, purchase)
      return
    }
    const charge = await this.#provider(provider).charge(checkout.id)
    if (charge !== undefined) await this.#note(orgId, purchase, charge)
    // It knows nothing of it any more: nothing will come of that.
    else if (this.#parts.clock.nowMs() - purchase.createdAtMs > forgottenMs)
      await this.#note(orgId, purchase, { status: 'expired', price: purchase.price })
  }

  async #note(
    orgId: string,
    { id }: Pick<PurchaseDocument, 'id'>,
    { price, status }: Pick<Charge, 'price' | 'status'>,
  ): Promise<void> {
    await this.#handle(orgId, id, { type: 'NoteStatus', status, price, pollMs: this.#parts.pollMs })
  }

  async #handle(orgId: string, id: string, command: PurchaseCommand): Promise<PurchaseState> {
    const outcome: Handled<PurchaseState, PurchaseEvent, PurchaseRefusal> = await this.#aggregate.handle(
      orgId,
      id,
      command,
    )
    if (outcome.kind !== 'done') throw new Error(`${command.type} of ${id} was ${outcome.kind}`)
    for (const { type } of outcome.events) this.ended.note(endOf[type])
    return outcome.state
  }

  #provider(key: ProviderKey): PaymentProvider {
    const provider = this.#parts.providers.get(key)
    if (provider === undefined) throw new Error(`there is no payment provider ${key} any more`)
    return provider
  }

  #documents(orgId: string) {
    return this.#parts.store.organization(orgId).collection(purchaseCollection)
  }
}

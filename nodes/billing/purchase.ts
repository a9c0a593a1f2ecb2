/** Credits bought with money. Pure; what the wallet has to do about it follows from its events. */
import { z } from 'zod'
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import { eventFields } from '../platform/kit/events/event.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { type DueDocument, dueFields } from '../platform/kit/jobs/job.ts'
import { type ChargeStatus, type Money, providerKeys } from '../platform/payments/port.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

export const purchaseStatuses = ['pending', 'paid', 'failed', 'expired', 'refunded'] as const

export const purchaseSchema = z.strictObject({
  id: z.string(),
  userId: z.string(),
  packageKey: z.string(),
  credits: z.int().min(1),
  price: z.strictObject({ amountMinor: z.int().min(1), currency: z.string() }),
  provider: z.enum(providerKeys),
  returnUrl: z.string(),
  status: z.enum(purchaseStatuses),
  /** The provider's, once there is a page to pay at. */
  checkout: z.strictObject({ id: z.string(), redirectUrl: z.string() }).nullable(),
  /** Under way: the credits are taken first, then the money is given back. */
  refund: z.strictObject({ reason: z.string(), actor: z.string(), isDone: z.boolean() }).nullable(),
  /** What the provider took when it was not the price: it is not credited, and the reconciliation tells. */
  mispaid: z.strictObject({ amountMinor: z.int(), currency: z.string() }).nullable(),
  createdAtMs: z.number(),
  paidAtMs: z.number().nullable(),
})
export type Purchase = z.output<typeof purchaseSchema>

export const purchaseDocumentSchema = z.strictObject({
  ...purchaseSchema.shape,
  ...dueFields,
  ...eventFields,
})
export type PurchaseDocument = z.output<typeof purchaseDocumentSchema>

export const purchaseCollection: CollectionSpec<PurchaseDocument> = {
  name: 'purchases',
  schema: purchaseDocumentSchema,
  version: 2,
  upcast: { 1: (former) => ({ ...former, mispaid: null }) },
  indexes: [['createdAtMs'], ['userId', 'createdAtMs']],
  indexesEverywhere: [['dueAtMs'], ['pendingSinceMs']],
}

export type PurchaseState = Purchase & DueDocument

export type NewPurchase = Pick<
  Purchase,
  'credits' | 'id' | 'packageKey' | 'price' | 'provider' | 'returnUrl' | 'userId'
>

export type PurchaseCommand =
  | { readonly type: 'RequestPurchase'; readonly purchase: NewPurchase; readonly pollMs: number }
  | { readonly type: 'NoteCheckout'; readonly checkout: NonNullable<Purchase['checkout']> }
  /** By a webhook or because we asked: in any order, and any number of times. */
  | {
      readonly type: 'NoteStatus'
      readonly status: ChargeStatus
      readonly price: Money
      readonly pollMs: number
    }
  | { readonly type: 'RequestRefund'; readonly reason: string; readonly actor: string }
  | { readonly type: 'RefuseRefund' }
  | { readonly type: 'CompleteRefund' }

type About = {
  readonly purchaseId: string
  readonly userId: string
  readonly credits: number
  readonly price: Purchase['price']
  readonly provider: string
}
export type PurchaseEvent =
  | { readonly type: 'PurchaseRequested'; readonly data: NewPurchase & { readonly pollMs: number } }
  | { readonly type: 'PurchaseOffered'; readonly data: NonNullable<Purchase['checkout']> }
  | { readonly type: 'PurchaseAwaited'; readonly data: { readonly pollMs: number } }
  /** It is paid: the wallet gets its credits. */
  | { readonly type: 'PURCHASE.CREDITS'; readonly data: About }
  /** Something else was paid than it costs. */
  | { readonly type: 'PurchaseMispaid'; readonly data: About & { readonly paid: Purchase['price'] } }
  | { readonly type: 'PurchaseFailed'; readonly data: About }
  | { readonly type: 'PurchaseExpired'; readonly data: About }
  | {
      readonly type: 'PurchaseRefundRequested'
      readonly data: About & { readonly reason: string; readonly actor: string }
    }
  | { readonly type: 'PurchaseRefundRefused'; readonly data: About }
  | { readonly type: 'PurchaseRefunded'; readonly data: About }

export type PurchaseRefusal = 'missing' | 'not-paid' | 'refunded'

/** How soon it is tried again to give money back. */
const refundAgainMs = 15_000

export const purchaseDecider: Decider<PurchaseState, PurchaseCommand, PurchaseEvent, PurchaseRefusal> = {
  decide(state, command) {
    if (command.type === 'RequestPurchase')
      return state === undefined
        ? [{ type: 'PurchaseRequested', data: { ...command.purchase, pollMs: command.pollMs } }]
        : []
    if (state === undefined) return refused('missing')
    switch (command.type) {
      case 'NoteCheckout':
        return state.checkout === null ? [{ type: 'PurchaseOffered', data: command.checkout }] : []
      case 'NoteStatus':
        return noted(state, command)
      case 'RequestRefund': {
        const { actor, reason } = command
        if (state.status === 'refunded' || state.refund !== null) return refused('refunded')
        if (state.status !== 'paid') return refused('not-paid')
        return [{ type: 'PurchaseRefundRequested', data: { ...about(state), reason, actor } }]
      }
      case 'RefuseRefund':
        return state.refund?.isDone === false ? [{ type: 'PurchaseRefundRefused', data: about(state) }] : []
      case 'CompleteRefund':
        return state.status === 'refunded' ? [] : [{ type: 'PurchaseRefunded', data: about(state) }]
      default:
        return []
    }
  },

  evolve(state, event, atMs) {
    if (event.type === 'PurchaseRequested') return begun(event.data, atMs)
    if (state === undefined) throw new Error(`${event.type} of a purchase that was never made`)
    // oxlint-disable-next-line no-unsafe-type-assertion -- the data is of the event whose evolver is called
    return evolvers[event.type](state, event.data as never, atMs)
  },
}

type Evolvers = {
  readonly [T in Exclude<PurchaseEvent['type'], 'PurchaseRequested'>]: (
    state: PurchaseState,
    data: Extract<PurchaseEvent, { readonly type: T }>['data'],
    atMs: number,
  ) => PurchaseState
}
const evolvers: Evolvers = {
  PurchaseOffered: (state, checkout) => ({ ...state, checkout }),
  PurchaseAwaited: (state, { pollMs }, atMs) => ({ ...state, dueAtMs: atMs + pollMs }),
  'PURCHASE.CREDITS': (state, _, atMs) => ({ ...state, status: 'paid', paidAtMs: atMs, dueAtMs: null }),
  PurchaseMispaid: (state, { paid }) => ({ ...state, status: 'failed', mispaid: paid, dueAtMs: null }),
  PurchaseFailed: (state) => ({ ...state, status: 'failed', dueAtMs: null }),
  PurchaseExpired: (state) => ({ ...state, status: 'expired', dueAtMs: null }),
  PurchaseRefundRequested: (state, { actor, reason }, atMs) => ({
    ...state,
    refund: { reason, actor, isDone: false },
    dueAtMs: atMs + refundAgainMs,
  }),
  PurchaseRefundRefused: (state) => ({ ...state, refund: null, dueAtMs: null }),
  PurchaseRefunded(state) {
    const { actor, reason } = state.refund ?? { actor: state.provider, reason: 'by the provider' }
    return { ...state, status: 'refunded', refund: { actor, reason, isDone: true }, dueAtMs: null }
  },
}

const isSame = (one: Money, other: Money): boolean =>
  one.amountMinor === other.amountMinor && one.currency === other.currency

/** Money that came counts whenever it came, if it is what was asked for; what was never paid is never credited. */
function noted(
  state: PurchaseState,
  { pollMs, price, status }: Extract<PurchaseCommand, { readonly type: 'NoteStatus' }>,
): readonly PurchaseEvent[] {
  const data = about(state)
  const isPaid = state.status === 'paid' || state.status === 'refunded'
  if (status === 'pending')
    return state.status === 'pending' ? [{ type: 'PurchaseAwaited', data: { pollMs } }] : []
  if (status === 'paid' && isPaid) return []
  if (status === 'paid' && !isSame(price, state.price))
    return state.mispaid !== null && isSame(price, state.mispaid)
      ? []
      : [{ type: 'PurchaseMispaid', data: { ...data, paid: price } }]
  if (status === 'paid') return [{ type: 'PURCHASE.CREDITS', data }]
  if (status === 'refunded')
    // Of one that we know as paid the credits have to be taken first.
    return isPaid ? [] : [{ type: 'PurchaseRefunded', data }]
  if (state.status !== 'pending') return []
  return [status === 'failed' ? { type: 'PurchaseFailed', data } : { type: 'PurchaseExpired', data }]
}

const about = ({ credits, id, price, provider, userId }: Purchase): About => ({
  purchaseId: id,
  userId,
  credits,
  price,
  provider,
})

const begun = (
  { pollMs, ...purchase }: NewPurchase & { readonly pollMs: number },
  atMs: number,
): PurchaseState => ({
  ...purchase,
  status: 'pending',
  checkout: null,
  refund: null,
  mispaid: null,
  createdAtMs: atMs,
  paidAtMs: null,
  dueAtMs: atMs + pollMs,
  failures: 0,
})

const time = z.iso.datetime()
export const purchaseView = z.object({
  id: z.string(),
  userId: z.string(),
  packageKey: z.string(),
  status: z.enum(purchaseStatuses),
  credits: z.int(),
  price: z.object({ amountMinor: z.int(), currency: z.string() }),
  provider: z.enum(providerKeys),
  redirectUrl: z.string().nullable(),
  createdAt: time,
  paidAt: time.nullable(),
})
export const viewPurchase = (purchase: Purchase): z.output<typeof purchaseView> => ({
  id: purchase.id,
  userId: purchase.userId,
  packageKey: purchase.packageKey,
  status: purchase.status,
  credits: purchase.credits,
  price: purchase.price,
  provider: purchase.provider,
  redirectUrl: purchase.checkout?.redirectUrl ?? null,
  createdAt: toIsoTime(purchase.createdAtMs),
  paidAt: purchase.paidAtMs === null ? null : toIsoTime(purchase.paidAtMs),
})

/** What is paid for a booking, and what becomes of it. Pure; what the wallet has to do about it is `dueOf`. */
import { z } from 'zod'
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import { eventFields } from '../platform/kit/events/event.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import type { WalletCommand } from './wallet-decider.ts'

export const paymentStatuses = ['held', 'failed', 'voided', 'charged', 'refunded'] as const

export const paymentSchema = z.strictObject({
  /** The booking's. */
  id: z.string(),
  userId: z.string(),
  podId: z.string(),
  /** What it cost at first, and by number what changes of it cost. */
  credits: z.int().min(0),
  extras: z.array(z.strictObject({ n: z.int(), credits: z.int() })),
  status: z.enum(paymentStatuses),
  refund: z
    .strictObject({ id: z.string(), credits: z.int(), reason: z.string(), actor: z.string() })
    .nullable(),
})
export type BookingPayment = z.output<typeof paymentSchema>

export const paymentDocumentSchema = z.strictObject({ ...paymentSchema.shape, ...eventFields })
export type PaymentDocument = z.output<typeof paymentDocumentSchema>

export const paymentCollection: CollectionSpec<PaymentDocument> = {
  name: 'booking_payments',
  schema: paymentDocumentSchema,
  indexesEverywhere: [['pendingSinceMs']],
}

export type Charged = Pick<BookingPayment, 'credits' | 'id' | 'podId' | 'userId'>

export type PaymentCommand =
  /** Whether the wallet had enough is known by then. */
  | {
      readonly type: 'StartPayment'
      readonly payment: Charged
      readonly isHeld: boolean
      readonly causationId?: string
    }
  /** The booking came to nothing before it was confirmed. */
  | { readonly type: 'VoidPayment'; readonly payment: Charged }
  | { readonly type: 'ChargePayment' }
  | { readonly type: 'ExtendPayment'; readonly n: number; readonly credits: number }
  | {
      readonly type: 'RefundPayment'
      /** Of whoever asks: the same again is nothing new. */
      readonly id: string
      readonly percent: number
      readonly reason: string
      readonly actor: string
    }

type About = {
  readonly bookingId: string
  readonly userId: string
  readonly podId: string
  readonly credits: number
}
export type PaymentEvent = {
  readonly causationId?: string
} & (
  | { readonly type: 'TRANSACTION.COMPLETED'; readonly data: About }
  | { readonly type: 'TRANSACTION.ERROR'; readonly data: About & { readonly reason: string } }
  | { readonly type: 'PaymentVoided'; readonly data: About }
  | { readonly type: 'PaymentCharged'; readonly data: About }
  | {
      readonly type: 'PaymentExtended'
      readonly data: About & { readonly n: number; readonly extraCredits: number }
    }
  | {
      readonly type: 'PaymentRefunded'
      readonly data: About & {
        readonly refundId: string
        readonly refundedCredits: number
        readonly reason: string
        readonly actor: string
      }
    }
)

export type PaymentRefusal = 'missing' | 'not-paid' | 'refunded'

export const paidFor = ({ credits, extras }: Pick<BookingPayment, 'credits' | 'extras'>): number =>
  extras.reduce((sum, extra) => sum + extra.credits, credits)

const aboutCharged = ({ credits, id, podId, userId }: Charged): About => ({
  bookingId: id,
  userId,
  podId,
  credits,
})
const about = (payment: BookingPayment): About => aboutCharged({ ...payment, credits: paidFor(payment) })

export const paymentDecider: Decider<BookingPayment, PaymentCommand, PaymentEvent, PaymentRefusal> = {
  decide(state, command) {
    if (command.type === 'StartPayment') {
      if (state !== undefined) return []
      const cause = command.causationId === undefined ? {} : { causationId: command.causationId }
      const data = aboutCharged(command.payment)
      return command.isHeld
        ? [{ type: 'TRANSACTION.COMPLETED', data, ...cause }]
        : [{ type: 'TRANSACTION.ERROR', data: { ...data, reason: 'too few credits' }, ...cause }]
    }
    if (command.type === 'VoidPayment')
      return state === undefined || state.status === 'held'
        ? [{ type: 'PaymentVoided', data: aboutCharged(command.payment) }]
        : []
    if (state === undefined) return refused('missing')
    const isPaid = state.status === 'charged' || state.status === 'refunded'
    if (command.type === 'ChargePayment')
      return state.status === 'held'
        ? [{ type: 'PaymentCharged', data: about(state) }]
        : isPaid
          ? []
          : refused('not-paid')
    if (command.type === 'ExtendPayment') {
      const { credits: extraCredits, n } = command
      if (!isPaid) return refused('not-paid')
      return state.extras.some((extra) => extra.n === n)
        ? []
        : [{ type: 'PaymentExtended', data: { ...about(state), n, extraCredits } }]
    }
    return refunded(state, command)
  },

  evolve(state, event) {
    const { bookingId, credits, podId, userId } = event.data
    const before: BookingPayment = state ?? {
      id: bookingId,
      userId,
      podId,
      credits,
      extras: [],
      refund: null,
      status: 'held',
    }
    if (event.type === 'PaymentExtended') {
      const { extraCredits, n } = event.data
      return { ...before, extras: [...before.extras, { n, credits: extraCredits }] }
    }
    if (event.type !== 'PaymentRefunded') return { ...before, status: statusAfter[event.type] }
    const { actor, reason, refundId, refundedCredits } = event.data
    const refund = { id: refundId, credits: refundedCredits, reason, actor }
    return { ...before, status: 'refunded', refund }
  },
}

const statusAfter = {
  'TRANSACTION.COMPLETED': 'held',
  'TRANSACTION.ERROR': 'failed',
  PaymentVoided: 'voided',
  PaymentCharged: 'charged',
} as const

function refunded(
  state: BookingPayment,
  { actor, id, percent, reason }: Extract<PaymentCommand, { readonly type: 'RefundPayment' }>,
): ReturnType<typeof paymentDecider.decide> {
  if (state.refund !== null) return state.refund.id === id ? [] : refused('refunded')
  // What is only held may still come to nothing: then all of it is let go.
  if (state.status !== 'charged') return refused('not-paid')
  const refundedCredits = Math.floor((paidFor(state) * percent) / 100)
  if (refundedCredits === 0) return []
  const data = { ...about(state), refundId: id, refundedCredits, reason, actor }
  return [{ type: 'PaymentRefunded', data }]
}

/** Under which the credits for a change of a booking are held. */
export const extraId = (bookingId: string, n: number): string => `${bookingId}+${n}`

export interface DueCommand {
  readonly command: WalletCommand
  readonly actor: string
}

/** What the wallet must have done for the payment to be what it is; doing it again changes nothing. */
export function dueOf({
  credits,
  extras,
  id,
  podId,
  refund,
  status,
  userId,
}: BookingPayment): readonly DueCommand[] {
  if (status === 'held') return []
  if (status === 'failed' || status === 'voided') return [{ command: { type: 'Release', id }, actor: userId }]
  const due: DueCommand[] = []
  if (credits > 0) due.push({ command: { type: 'Charge', id, podId }, actor: userId })
  for (const extra of extras)
    if (extra.credits > 0)
      due.push({ command: { type: 'Charge', id: extraId(id, extra.n), podId }, actor: userId })
  if (refund !== null) {
    const command = { type: 'Refund', id, podId, credits: refund.credits, reason: refund.reason } as const
    due.push({ command, actor: refund.actor })
  }
  return due
}

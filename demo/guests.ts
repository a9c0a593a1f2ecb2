import type { AccessService } from '../nodes/access/domain.ts'
import type { Billing } from '../nodes/billing/domain.ts'
import type { Booking } from '../nodes/booking/domain.ts'
import type { Clock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { planVisit, type Visit, wrongCode } from './visit.ts'

/** What somebody does at a simulated device, as `sim/cli.ts` takes it. */
export type AtDevice = { readonly kind: 'keypad'; readonly code: string } | { readonly kind: 'leave' }

export interface GuestParts {
  readonly booking: Pick<Booking, 'bookings'>
  readonly billing: { readonly ledger: Pick<Billing['ledger'], 'post' | 'wallet'> }
  readonly access: { readonly access: Pick<AccessService['access'], 'codes'> }
  readonly clock: Pick<Clock, 'after' | 'nowMs'>
  readonly log: Pick<Logger, 'warn'>
  readonly dice: () => number
  readonly newId: () => string
  readonly atDevice: (deviceId: string, input: AtDevice) => void
}

export interface GuestsOf {
  readonly orgId: string
  readonly userIds: readonly string[]
  readonly podIds: readonly string[]
  readonly slotMs: number
}

const enough = 20
const topUp = 100
const confirmedWithinMs = 10_000
const lookEveryMs = 500

/** Guests who book, come, mistype, sleep and go, each on their own until it is ended. */
export function startGuests(parts: GuestParts, of: GuestsOf): { stop(): void } {
  const stopping = new AbortController()
  const { signal } = stopping
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = parts.clock.after(ms, resolve)
      signal.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    })

  async function live(userId: string): Promise<void> {
    while (!signal.aborted) {
      const visit = planVisit(of.podIds, of.slotMs, parts.dice)
      await attend(userId, visit).catch((error: unknown) =>
        parts.log.warn({ part: 'demo', err: error }, 'a simulated guest has stumbled'),
      )
      await pause(visit.pauseMs)
    }
  }

  async function attend(userId: string, visit: Visit): Promise<void> {
    await haveCredits(userId)
    const { bookings } = parts.booking
    const startMs = Math.floor(parts.clock.nowMs() / of.slotMs) * of.slotMs
    const booked = await bookings.create(of.orgId, {
      id: `demo-${parts.newId()}`,
      podId: visit.podId,
      userId,
      startMs,
      endMs: startMs + visit.slots * of.slotMs,
      actor: userId,
    })
    if (booked.kind !== 'booked') return
    const { id } = booked.booking
    const untilMs = parts.clock.nowMs() + confirmedWithinMs
    let booking = await bookings.get(of.orgId, id)
    while (booking?.status === 'PENDING' && parts.clock.nowMs() < untilMs && !signal.aborted) {
      await pause(lookEveryMs)
      booking = await bookings.get(of.orgId, id)
    }
    if (booking?.status !== 'CONFIRMED') return
    if (visit.cancels) {
      await bookings.handle(of.orgId, id, {
        type: 'CancelBooking',
        reason: 'another time suits better',
        actor: userId,
      })
      return
    }
    if (visit.comesAfterMs === undefined) return pause(booking.endMs - parts.clock.nowMs())
    await pause(visit.comesAfterMs)
    const code = (await parts.access.access.codes.issue(of.orgId, id))?.code
    if (code === undefined) return
    for (let n = 0; n < visit.wrongCodes && !signal.aborted; n += 1) {
      parts.atDevice(visit.podId, { kind: 'keypad', code: wrongCode(code) })
      await pause(2000)
    }
    if (signal.aborted) return
    parts.atDevice(visit.podId, { kind: 'keypad', code })
    await pause(Math.max(visit.staysMs, 12_000))
    if (!signal.aborted) parts.atDevice(visit.podId, { kind: 'leave' })
    await pause(8000)
  }

  async function haveCredits(userId: string): Promise<void> {
    const { balance } = await parts.billing.ledger.wallet(of.orgId, userId)
    if (balance >= enough) return
    const grant = { type: 'Grant', id: `demo-${parts.newId()}`, credits: topUp, reason: 'demo' } as const
    await parts.billing.ledger.post(of.orgId, userId, grant, 'demo')
  }

  for (const userId of of.userIds) void live(userId)
  return { stop: () => stopping.abort() }
}

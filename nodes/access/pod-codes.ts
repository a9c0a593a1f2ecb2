import { z } from 'zod'
import { doorOpensEarlyMs } from '../booking/booking-times.ts'
import type { Booking } from '../booking/booking.ts'
import type { Pod } from '../booking/pod.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import { exposedUntilMs, isHeld, type Lock } from './lock.ts'

const time = z.iso.datetime()
const codeView = z.object({
  bookingId: z.string(),
  status: z.enum(['live', 'revoked']),
  validFrom: time,
  validUntil: time,
  /** Null for a moment: its booking is over, and the next epoch is not made yet. */
  revokedAt: time.nullable(),
  /** The pod has said that it has it; of one that was taken back: may have it still. */
  isHeld: z.boolean(),
  /** From then on it opens nothing, whatever the pod hears of until then. */
  exposedUntil: time,
})

export const podCodesView = z.object({
  podId: z.string(),
  accessMode: z.enum(['online', 'offline']),
  /** Of the codes that the pod judges by itself; null while it has never been given any. */
  epoch: z.int().nullable(),
  epochSince: time.nullable(),
  /** The newest epoch that the pod has, and since when. */
  heldEpoch: z.int().nullable(),
  heldSince: time.nullable(),
  items: z.array(codeView),
})

type Guest = Pick<Booking, 'endMs' | 'id' | 'startMs'>

export function viewPodCodes(
  { accessMode, id: podId }: Pick<Pod, 'accessMode' | 'id'>,
  lock: Lock | undefined,
  guests: readonly Guest[],
  nowMs: number,
): z.output<typeof podCodesView> {
  const known = new Set(lock?.codes.map(({ bookingId }) => bookingId))
  const live = guests.map(({ endMs, id, startMs }) => ({
    bookingId: id,
    status: 'live' as const,
    validFrom: toIsoTime(startMs - doorOpensEarlyMs),
    validUntil: toIsoTime(endMs),
    revokedAt: null,
    exposedUntil: toIsoTime(endMs),
    isHeld: isHeld(lock) && known.has(id),
  }))
  const expected = new Set(guests.map(({ id }) => id))
  const ending = (lock?.codes ?? [])
    .filter(({ bookingId, untilMs }) => !expected.has(bookingId) && untilMs > nowMs)
    .map(({ bookingId, fromMs, untilMs }) => ({
      bookingId,
      status: 'revoked' as const,
      validFrom: toIsoTime(fromMs),
      validUntil: toIsoTime(untilMs),
      revokedAt: null,
      exposedUntil: toIsoTime(untilMs),
      isHeld: true,
    }))
  const revoked = (lock?.revoked ?? []).map((code) => ({
    bookingId: code.bookingId,
    status: 'revoked' as const,
    validFrom: toIsoTime(code.fromMs),
    validUntil: toIsoTime(code.untilMs),
    revokedAt: toIsoTime(code.revokedAtMs),
    exposedUntil: toIsoTime(exposedUntilMs(code)),
    isHeld: nowMs < exposedUntilMs(code),
  }))
  return {
    podId,
    accessMode,
    epoch: lock?.epoch ?? null,
    epochSince: toIsoTimeOrNull(lock?.sinceMs ?? null),
    heldEpoch: lock?.held?.epoch ?? null,
    heldSince: toIsoTimeOrNull(lock?.held?.atMs ?? null),
    items: [...live, ...ending, ...revoked.toReversed()],
  }
}

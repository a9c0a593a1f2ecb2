import { z } from 'zod'
import { doorOpensEarlyMs } from '../booking/booking-times.ts'
import type { Booking } from '../booking/booking.ts'
import type { Pod } from '../booking/pod.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import { exposedUntilMs, type Lock } from './lock.ts'

const time = z.iso.datetime()
const codeView = z.object({
  bookingId: z.string(),
  status: z.enum(['live', 'revoked']),
  validFrom: time,
  validUntil: time,
  revokedAt: time.nullable(),
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
): z.output<typeof podCodesView> {
  const live = guests.map(({ endMs, id, startMs }) => ({
    bookingId: id,
    status: 'live' as const,
    validFrom: toIsoTime(startMs - doorOpensEarlyMs),
    validUntil: toIsoTime(endMs),
    revokedAt: null,
    exposedUntil: toIsoTime(endMs),
  }))
  const revoked = (lock?.revoked ?? []).map((code) => ({
    bookingId: code.bookingId,
    status: 'revoked' as const,
    validFrom: toIsoTime(code.fromMs),
    validUntil: toIsoTime(code.untilMs),
    revokedAt: toIsoTime(code.revokedAtMs),
    exposedUntil: toIsoTime(exposedUntilMs(code)),
  }))
  return {
    podId,
    accessMode,
    epoch: lock?.epoch ?? null,
    epochSince: toIsoTimeOrNull(lock?.sinceMs ?? null),
    heldEpoch: lock?.held?.epoch ?? null,
    heldSince: toIsoTimeOrNull(lock?.held?.atMs ?? null),
    items: [...live, ...revoked.toReversed()],
  }
}

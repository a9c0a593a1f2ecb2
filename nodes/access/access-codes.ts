import { z } from 'zod'
import { type Booking, hasCode } from '../booking/booking.ts'
import type { Bookings } from '../booking/bookings.ts'
import type { Platform } from '../platform/platform.ts'
import type { Collection, CollectionSpec } from '../platform/store/port.ts'
import { isSameHash, type KeyedHash } from '../platform/keyed-hash.ts'
import { hashCode } from './code.ts'
import { digitsFor, type LockCode } from './epoch.ts'

export const accessCodeSchema = z.strictObject({
  /** The booking's. */
  id: z.string(),
  podId: z.string(),
  /** Keyed hash of the code while it opens the door; null when it does no more. */
  liveHash: z.string().nullable(),
  /** Which of its codes the booking has: the first that no other of the pod had. */
  n: z.int(),
  /** The epoch of the lock that it was issued in; null where the pod asks the platform. */
  issuedIn: z.int().nullable(),
})
const firstSchema = accessCodeSchema.omit({ issuedIn: true })
export type AccessCode = z.output<typeof accessCodeSchema>

export const accessCodeCollection: CollectionSpec<AccessCode> = {
  name: 'access_codes',
  version: 2,
  upcast: { 1: (document) => ({ ...firstSchema.parse(document), issuedIn: null }) },
  audit: 'none',
  schema: accessCodeSchema,
  unique: { code: ['liveHash', 'podId'] },
}

export interface IssuedCode extends Pick<LockCode, 'issuedIn' | 'n'> {
  readonly code: string
  /** Whose door it opens. */
  readonly podId: string
}

export interface AccessCodeParts extends Pick<Platform, 'store'> {
  readonly key: KeyedHash
  readonly bookings: Pick<Bookings, 'get'>
  /** Of a pod that judges codes by itself the epoch in force; null of one that asks the platform. */
  readonly epochOf: (orgId: string, podId: string) => Promise<number | null>
}

/** The codes of bookings: of those that live in one pod no two agree. */
export class AccessCodes {
  readonly #parts: AccessCodeParts

  constructor(parts: AccessCodeParts) {
    this.#parts = parts
  }

  /** The code of a booking, as that is by now: the one it has, or its first; undefined when it has none any more, or yet. */
  async issue(orgId: string, id: string): Promise<IssuedCode | undefined> {
    const { bookings, epochOf, key } = this.#parts
    for (;;) {
      const stored = await this.#codes(orgId).get(id)
      // After the code: whoever moves the booking meanwhile writes its code after this one, and not before.
      const booking = await bookings.get(orgId, id)
      if (booking === undefined || !hasCode(booking)) return undefined
      const { podId } = booking
      const known = stored?.document
      if (known?.podId === podId && known.liveHash !== null) {
        const issued = this.#digits(orgId, known)
        // Under another key it would not open the door.
        if (isSameHash(known.liveHash, hashCode(key, orgId, podId, issued.code))) return issued
      }
      const issuedIn = await epochOf(orgId, podId)
      for (let n = 0; ; n += 1) {
        const issued = this.#digits(orgId, { id, podId, n, issuedIn })
        const next = { id, podId, n, issuedIn, liveHash: hashCode(key, orgId, podId, issued.code) }
        const outcome =
          stored === undefined
            ? await this.#codes(orgId).insert(next)
            : await this.#codes(orgId).replace(next, stored.version)
        if (outcome.kind === 'inserted' || outcome.kind === 'replaced') return issued
        // Somebody else has just issued it.
        if (outcome.kind !== 'duplicate' || outcome.key === 'id') break
      }
    }
  }

  /** It opens no door any more. */
  async retire(orgId: string, bookingId: string): Promise<void> {
    await this.#codes(orgId).update(bookingId, (code) =>
      code.liveHash === null ? code : { ...code, liveHash: null },
    )
  }

  /** Which of the bookings has the code of this hash; all of them are looked at, whichever it is. */
  async match(
    orgId: string,
    bookings: readonly Pick<Booking, 'id' | 'podId' | 'status'>[],
    codeHash: string,
  ): Promise<string | undefined> {
    let found: string | undefined
    for (const booking of bookings) {
      const code = (await this.#codes(orgId).get(booking.id))?.document
      const isIt =
        code?.podId === booking.podId && code.liveHash !== null && isSameHash(code.liveHash, codeHash)
      if (isIt && hasCode(booking)) found = booking.id
    }
    return found
  }

  #digits(orgId: string, { id, issuedIn, n, podId }: Omit<AccessCode, 'liveHash'>): IssuedCode {
    return {
      n,
      issuedIn,
      podId,
      code: digitsFor(this.#parts.key, orgId, podId, { bookingId: id, issuedIn, n }),
    }
  }

  #codes(orgId: string): Collection<AccessCode> {
    return this.#parts.store.organization(orgId).collection(accessCodeCollection)
  }
}

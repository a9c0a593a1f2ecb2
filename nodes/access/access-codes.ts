import { z } from 'zod'
import type { Booking } from '../booking/booking.ts'
import { isLive } from '../booking/booking.ts'
import type { Platform } from '../platform/platform.ts'
import type { Collection, CollectionSpec } from '../platform/store/port.ts'
import { isSameHash, type KeyedHash } from '../platform/keyed-hash.ts'
import { codeOf, hashCode } from './code.ts'

export const accessCodeSchema = z.strictObject({
  /** The booking's. */
  id: z.string(),
  podId: z.string(),
  /** Keyed hash of the code while it opens the door; null when it does no more. */
  liveHash: z.string().nullable(),
  /** Which of its codes the booking has: the first that no other of the pod had. */
  n: z.int(),
})
export type AccessCode = z.output<typeof accessCodeSchema>

export const accessCodeCollection: CollectionSpec<AccessCode> = {
  name: 'access_codes',
  audit: 'none',
  schema: accessCodeSchema,
  unique: { code: ['liveHash', 'podId'] },
}

type Of = Pick<Booking, 'id' | 'podId' | 'status'>

/** The codes of bookings: of those that live in one pod no two agree. */
export class AccessCodes {
  readonly #store: Platform['store']
  readonly #key: KeyedHash

  constructor({ key, store }: Pick<Platform, 'store'> & { readonly key: KeyedHash }) {
    this.#store = store
    this.#key = key
  }

  /** The code of a booking that is live: the one it has, or its first. */
  async issue(orgId: string, { id, podId }: Of): Promise<string> {
    for (;;) {
      const stored = await this.#codes(orgId).get(id)
      const known = stored?.document
      if (known?.podId === podId && known.liveHash !== null) {
        const code = codeOf(this.#key, orgId, id, known.n)
        // Under another key it would not open the door.
        if (isSameHash(known.liveHash, hashCode(this.#key, orgId, podId, code))) return code
      }
      for (let n = 0; ; n += 1) {
        const code = codeOf(this.#key, orgId, id, n)
        const next = { id, podId, n, liveHash: hashCode(this.#key, orgId, podId, code) }
        const outcome =
          stored === undefined
            ? await this.#codes(orgId).insert(next)
            : await this.#codes(orgId).replace(next, stored.version)
        if (outcome.kind === 'inserted' || outcome.kind === 'replaced') return code
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
  async match(orgId: string, bookings: readonly Of[], codeHash: string): Promise<string | undefined> {
    let found: string | undefined
    for (const booking of bookings) {
      const code = (await this.#codes(orgId).get(booking.id))?.document
      const isIt =
        code?.podId === booking.podId && code.liveHash !== null && isSameHash(code.liveHash, codeHash)
      if (isIt && isLive(booking)) found = booking.id
    }
    return found
  }

  #codes(orgId: string): Collection<AccessCode> {
    return this.#store.organization(orgId).collection(accessCodeCollection)
  }
}

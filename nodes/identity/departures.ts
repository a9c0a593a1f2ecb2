import { z } from 'zod'
import type { CollectionSpec, Store } from '../platform/store/port.ts'
import { administers, type User, userCollection } from './user.ts'

const departureSchema = z.strictObject({
  /** What is administered: the platform, or an organization. */
  id: z.string().min(1),
  /** The administrator who is on the way out, as of which version of their document; null when nobody is. */
  leaving: z.strictObject({ userId: z.string(), version: z.int() }).nullable(),
})
type Departure = z.output<typeof departureSchema>

export const departureCollection: CollectionSpec<Departure> = {
  name: 'administrator_departures',
  audit: 'none',
  schema: departureSchema,
}

/** `stale`: the administrator's document has changed since; decide again by what it is now. */
export type Departed = 'gone' | 'last' | 'stale'

export interface Departures {
  /** Whether nobody else administers what this one does. */
  isLast(user: User): Promise<boolean>
  /**
   * Has an administrator stop being one, unless nobody would be left.
   *
   * @param leave writes it, by compare-and-set on this version; false when that did not hold
   */
  leave(user: User, version: number, leave: () => Promise<boolean>): Promise<Departed>
}

/**
 * One administrator leaves at a time, of whatever is administered. The store has no transactions over documents, so who is
 * about to leave says so first, in one document for all: whoever finds somebody on the way out, alive, slow or killed, makes
 * a new version of that user's document, by which the other's write does not hold any more, and goes on. Between counting
 * those who would be left and saying so, nobody can have left: the document would have another version.
 */
export function openDepartures(store: Store): Departures {
  const departures = store.platform(departureCollection)
  const users = store.platform(userCollection)

  async function othersOf(user: User, place: string): Promise<number> {
    const scope = user.orgId === null ? { role: user.role } : { role: user.role, orgId: user.orgId }
    const { items } = await users.find({ ...scope, isEnabled: true, id: { $ne: user.id } }, { limit: 1000 })
    return items.filter(({ document }) => administers(document) === place).length
  }

  /** Has whoever was on the way out decide again, in case they still are. */
  async function call({ leaving }: Departure): Promise<void> {
    if (leaving === null) return
    const stored = await users.get(leaving.userId)
    if (stored?.version === leaving.version) await users.replace(stored.document, stored.version)
  }

  return {
    async isLast(user) {
      const place = administers(user)
      return place !== undefined && (await othersOf(user, place)) === 0
    },

    async leave(user, version, leave) {
      const place = administers(user)
      if (place === undefined) throw new Error('only an administrator departs as one')
      for (;;) {
        await departures.insert({ id: place, leaving: null })
        const stored = await departures.get(place)
        if (stored === undefined) continue
        if (stored.document.leaving !== null) {
          await call(stored.document)
          await departures.replace({ id: place, leaving: null }, stored.version)
          continue
        }
        if ((await othersOf(user, place)) === 0) return 'last'
        const said = await departures.replace(
          { id: place, leaving: { userId: user.id, version } },
          stored.version,
        )
        if (said.kind !== 'replaced') continue
        const isGone = await leave()
        await departures.replace({ id: place, leaving: null }, said.stored.version)
        return isGone ? 'gone' : 'stale'
      }
    },
  }
}

import { isAlive, refreshTokenCollection, type SignIn, signInCollection } from '../sign-in.ts'
import { type User, userCollection } from '../user.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Store } from '../../platform/store/port.ts'

/** A sign-in that holds, and whose it is. */
export interface SignedIn {
  readonly signIn: SignIn
  readonly user: User
}

export interface SignIns {
  open(signIn: SignIn): Promise<void>
  /** Undefined when revoked or expired, or when the user is gone or disabled. */
  find(kind: SignIn['kind'], id: string): Promise<SignedIn | undefined>
  extend(id: string, expiresAtMs: number): Promise<boolean>
  close(id: string): Promise<void>
  /** Signs the user out everywhere: after a new password, or when disabled. */
  closeAllOf(userId: string): Promise<void>
  /** Those of them that hold now, by the store itself; 10,000 at most. */
  holding(ids: readonly string[]): Promise<ReadonlyMap<string, SignedIn>>
  /** Told of each sign-in that was closed here. The result ends it. */
  onClosed(listener: (id: string) => void): () => void
  sweep(): Promise<void>
}

/** How long a process may not notice what another one revoked, or a change of the user; its own it sees at once. */
const cacheLifeMs = 1000
const maxCached = 10_000

interface Cached {
  readonly found: Promise<SignedIn | undefined>
  readonly untilMs: number
}

export function createSignIns(store: Store, clock: Clock): SignIns {
  const signIns = store.platform(signInCollection)
  const tokens = store.platform(refreshTokenCollection)
  const users = store.platform(userCollection)
  const cache = new Map<string, Cached>()
  const listeners = new Set<(id: string) => void>()

  async function load(id: string): Promise<SignedIn | undefined> {
    const signIn = (await signIns.get(id))?.document
    if (signIn === undefined) return undefined
    const user = (await users.get(signIn.userId))?.document
    return user?.isEnabled === true ? { signIn, user } : undefined
  }

  function cached(id: string): Promise<SignedIn | undefined> {
    const nowMs = clock.monotonicMs()
    const known = cache.get(id)
    if (known !== undefined && nowMs < known.untilMs) return known.found
    // The oldest goes, so that made-up ids cannot fill the memory.
    const oldest = cache.size >= maxCached ? cache.keys().next().value : undefined
    if (oldest !== undefined) cache.delete(oldest)
    const found = load(id)
    cache.delete(id)
    cache.set(id, { found, untilMs: nowMs + cacheLifeMs })
    found.catch(() => cache.delete(id))
    return found
  }

  async function close(id: string): Promise<void> {
    await signIns.remove(id)
    cache.delete(id)
    for (const listener of listeners) listener(id)
    await tokens.removeMany({ signInId: id })
  }

  return {
    async open(signIn) {
      await signIns.insert(signIn)
      cache.delete(signIn.id)
    },

    async find(kind, id) {
      const found = await cached(id)
      return found?.signIn.kind === kind && isAlive(found.signIn, clock.nowMs()) ? found : undefined
    },

    async extend(id, expiresAtMs) {
      const outcome = await signIns.update(id, (signIn) => ({ ...signIn, expiresAtMs }))
      cache.delete(id)
      return outcome.kind === 'replaced'
    },

    close,

    async closeAllOf(userId) {
      for (;;) {
        const { items } = await signIns.find({ userId })
        for (const { document } of items) await close(document.id)
        if (items.length === 0) return
      }
    },

    async holding(ids) {
      const nowMs = clock.nowMs()
      const some = await signIns.find({ id: { $in: [...ids] } }, { limit: ids.length })
      const alive = some.items.map(({ document }) => document).filter((signIn) => isAlive(signIn, nowMs))
      if (alive.length === 0) return new Map()
      const userIds = [...new Set(alive.map(({ userId }) => userId))]
      const found = await users.find({ id: { $in: userIds }, isEnabled: true }, { limit: userIds.length })
      const enabled = new Map(found.items.map(({ document }) => [document.id, document]))
      return new Map(
        alive.flatMap((signIn) => {
          const user = enabled.get(signIn.userId)
          return user === undefined ? [] : [[signIn.id, { signIn, user }] as const]
        }),
      )
    },

    onClosed(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    async sweep() {
      const expired = { expiresAtMs: { $lt: clock.nowMs() } }
      await signIns.removeMany(expired)
      await tokens.removeMany(expired)
    },
  }
}

import { isAlive, refreshTokenCollection, type SignIn, signInCollection } from '../sign-in.ts'
import type { Clock } from '../../platform/clock.ts'
import { everyDocument } from '../../platform/store/every-document.ts'
import type { Store } from '../../platform/store/port.ts'
import { findHoldersIn, type SignedIn } from './holders.ts'

/** What holders were told of: one sign-in that ended, or that somebody (or, without an id, anybody) may more or less now. */
export type Change =
  | { readonly kind: 'closed'; readonly signInId: string }
  | { readonly kind: 'changed'; readonly holderId?: string | undefined }

export type UserSignedIn = Extract<SignedIn, { readonly kind: 'user' }>

export interface SignIns {
  open(signIn: SignIn): Promise<void>
  /** Undefined when revoked or expired, or when the user is gone or disabled, or has ended all sign-ins of before. */
  find(kind: 'session' | 'token', id: string): Promise<UserSignedIn | undefined>
  /** By the hash of its secret. Undefined when revoked or expired, or when the service account is gone. */
  findKey(id: string): Promise<SignedIn | undefined>
  /** All of a user or a service account, alive or not. */
  of(holderId: string): Promise<readonly SignIn[]>
  extend(id: string, expiresAtMs: number): Promise<boolean>
  /** Makes it hold through a change of the user's epoch. */
  renew(id: string, epoch: number): Promise<void>
  close(id: string): Promise<void>
  /** Signs the user out everywhere, or everywhere else: after a new password, or when disabled. */
  closeAllOf(holderId: string, exceptId?: string): Promise<void>
  /** What somebody may has changed (anybody, without an id): nothing that was known before is believed any more. */
  changed(holderId?: string): void
  /** Another instance said so. */
  heard(change: Change): void
  /** Those of them that hold now, by the store itself; 10,000 at most. */
  holding(ids: readonly string[]): Promise<ReadonlyMap<string, SignedIn>>
  /** Told of each change made here. The result ends it. */
  onChange(listener: (change: Change) => void): () => void
  sweep(): Promise<void>
}

/** How long a process may not notice what another one changed when no note comes through; its own it sees at once. */
const cacheLifeMs = 900
const maxCached = 10_000

interface Cached {
  readonly found: Promise<SignedIn | undefined>
  readonly untilMs: number
}

export function createSignIns(store: Store, clock: Clock): SignIns {
  const signIns = store.platform(signInCollection)
  const tokens = store.platform(refreshTokenCollection)
  const holdersOf = findHoldersIn(store)
  const cache = new Map<string, Cached>()
  const listeners = new Set<(change: Change) => void>()

  async function load(id: string): Promise<SignedIn | undefined> {
    const signIn = (await signIns.get(id))?.document
    return signIn === undefined ? undefined : (await holdersOf([signIn])).get(id)
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

  const alive = async (id: string): Promise<SignedIn | undefined> => {
    const found = await cached(id)
    return found !== undefined && isAlive(found.signIn, clock.nowMs()) ? found : undefined
  }

  /** Whose they are, a cached promise does not say: changes are rare enough to forget everybody. */
  function heard(change: Change): void {
    if (change.kind === 'closed') cache.delete(change.signInId)
    else cache.clear()
  }

  function tell(change: Change): void {
    heard(change)
    for (const listener of listeners) listener(change)
  }

  async function close(id: string): Promise<void> {
    await signIns.remove(id)
    tell({ kind: 'closed', signInId: id })
    await tokens.removeMany({ signInId: id })
  }

  async function of(holderId: string): Promise<readonly SignIn[]> {
    const found: SignIn[] = []
    for await (const { document } of everyDocument(signIns, { userId: holderId })) found.push(document)
    return found
  }

  return {
    async open(signIn) {
      await signIns.insert(signIn)
      cache.delete(signIn.id)
    },

    async find(kind, id) {
      const found = await alive(id)
      return found?.kind === 'user' && found.signIn.kind === kind ? found : undefined
    },

    async findKey(id) {
      const found = await alive(id)
      return found?.kind === 'service' ? found : undefined
    },

    of,

    async extend(id, expiresAtMs) {
      const outcome = await signIns.update(id, (signIn) => ({ ...signIn, expiresAtMs }))
      cache.delete(id)
      return outcome.kind === 'replaced'
    },

    async renew(id, epoch) {
      await signIns.update(id, (signIn) => ({ ...signIn, epoch }))
      cache.delete(id)
    },

    close,

    async closeAllOf(holderId, exceptId) {
      for (const { id } of await of(holderId)) if (id !== exceptId) await close(id)
    },

    changed: (holderId) => tell({ kind: 'changed', holderId }),
    heard,

    async holding(ids) {
      const nowMs = clock.nowMs()
      const some = await signIns.find({ id: { $in: [...ids] } }, { limit: ids.length })
      return holdersOf(some.items.map(({ document }) => document).filter((signIn) => isAlive(signIn, nowMs)))
    },

    onChange(listener) {
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

import type { Clock } from '../platform/clock.ts'
import { isRefused } from '../platform/kit/decider/decider.ts'
import type { Store } from '../platform/store/port.ts'
import { openDepartures } from './departures.ts'
import type { SignIns } from './sign-in/sign-ins.ts'
import { administers, type User, userCollection } from './user.ts'
import { type UserCommand, userDecider, type UserRefusal } from './user-decider.ts'

/** What is to be done with a user, as they are at that moment; or why nothing is. */
export type Choice<R> =
  | { readonly kind: 'commands'; readonly commands: readonly UserCommand[] }
  | { readonly kind: 'remove' }
  | { readonly kind: 'refuse'; readonly refusal: R }
export type Choose<R> = (user: User) => Choice<R> | Promise<Choice<R>>

export type Changed<R> =
  /** As they are now; of somebody removed, as they were. */
  | { readonly kind: 'done'; readonly user: User }
  | { readonly kind: 'last-admin' }
  | { readonly kind: UserRefusal }
  | { readonly kind: 'refused'; readonly refusal: R }

export interface UserChanges {
  /**
   * Decides by what is stored at this moment, and writes it if nobody has written in between; never has the last administrator
   * go. Whoever may less, or is gone, is signed out everywhere before it resolves.
   *
   * @param keptSignInId holds through a new password
   */
  change<R = never>(userId: string, choose: Choose<R>, keptSignInId?: string): Promise<Changed<R>>
  /** Whether nobody would be left if they stopped being an administrator now. */
  isLastAdministrator(user: User): Promise<boolean>
}

export interface UserChangesParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly signIns: Pick<SignIns, 'changed' | 'closeAllOf' | 'renew'>
}

export function openUserChanges({ clock, signIns, store }: UserChangesParts): UserChanges {
  const users = store.platform(userCollection)
  const departures = openDepartures(store)

  /** `after` is undefined for who is removed. */
  async function write(
    before: User,
    version: number,
    after: User | undefined,
  ): Promise<'gone' | 'last' | 'stale'> {
    const put = async (): Promise<boolean> =>
      after === undefined
        ? users.remove(before.id, version)
        : (await users.replace(after, version)).kind === 'replaced'
    const administered = administers(before)
    if (administered !== undefined && administers(after) !== administered)
      return departures.leave(before, version, put)
    return (await put()) ? 'gone' : 'stale'
  }

  async function tell(
    before: User,
    after: User | undefined,
    keptSignInId: string | undefined,
  ): Promise<void> {
    const { id } = before
    const epoch = after?.epoch ?? 0
    const isEnded = after === undefined || epoch !== (before.epoch ?? 0)
    // First, so that the change of the epoch does not end it here.
    if (isEnded && keptSignInId !== undefined) await signIns.renew(keptSignInId, epoch)
    if (isEnded || after.role !== before.role || after.orgId !== before.orgId) signIns.changed(id)
    if (isEnded) await signIns.closeAllOf(id, keptSignInId)
  }

  function decide(user: User, commands: readonly UserCommand[]): User | UserRefusal {
    const nowMs = clock.nowMs()
    let state = user
    for (const command of commands) {
      const decision = userDecider.decide(state, command, nowMs)
      if (isRefused(decision)) return decision.refused
      for (const event of decision) state = userDecider.evolve(state, event, nowMs)
    }
    return state
  }

  return {
    isLastAdministrator: (user) => departures.isLast(user),

    async change(userId, choose, keptSignInId) {
      for (;;) {
        const stored = await users.get(userId)
        if (stored === undefined) return { kind: 'missing' }
        const { document: before, version } = stored
        const choice = await choose(before)
        if (choice.kind === 'refuse') return { kind: 'refused', refusal: choice.refusal }
        const after = choice.kind === 'remove' ? undefined : decide(before, choice.commands)
        if (typeof after === 'string') return { kind: after }
        if (after === before) return { kind: 'done', user: before }
        const written = await write(before, version, after)
        if (written === 'last') return { kind: 'last-admin' }
        if (written === 'stale') continue
        await tell(before, after, keptSignInId)
        return { kind: 'done', user: after ?? before }
      }
    },
  }
}

import { z } from 'zod'
import type { UserPrincipal } from '../platform/kit/endpoints/principal.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { isAlive, type SignIn } from './sign-in.ts'
import type { SignIns } from './sign-in/sign-ins.ts'

export const sessionViewSchema = z.object({
  id: z.string(),
  /** A browser's session, or an app's tokens. */
  kind: z.enum(['session', 'token']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Where it was signed in from; null for one of before that was noted. */
  address: z.string().nullable(),
  /** The one by which this was asked. */
  isCurrent: z.boolean(),
})
export type SessionView = z.output<typeof sessionViewSchema>

/** Where somebody is signed in, for themselves. */
export interface OwnSessions {
  list(who: UserPrincipal): Promise<readonly SessionView[]>
  /** False when there is none of theirs with this id. */
  end(who: UserPrincipal, id: string): Promise<boolean>
}

export function openOwnSessions(
  signIns: Pick<SignIns, 'of' | 'close'>,
  clock: { nowMs(): number },
): OwnSessions {
  const view = (signIn: SignIn, { signInId }: UserPrincipal): SessionView => ({
    id: signIn.id,
    kind: signIn.kind === 'session' ? 'session' : 'token',
    createdAt: toIsoTime(signIn.createdAtMs),
    expiresAt: toIsoTime(signIn.expiresAtMs),
    address: signIn.address ?? null,
    isCurrent: signIn.id === signInId,
  })
  return {
    async list(who) {
      const alive = (await signIns.of(who.userId)).filter((signIn) => isAlive(signIn, clock.nowMs()))
      return alive.sort((a, b) => b.createdAtMs - a.createdAtMs).map((signIn) => view(signIn, who))
    },
    async end(who, id) {
      const isMine = (await signIns.of(who.userId)).some((signIn) => signIn.id === id)
      if (isMine) await signIns.close(id)
      return isMine
    },
  }
}

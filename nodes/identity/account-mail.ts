import { z } from 'zod'
import type { Outbox } from '../platform/kit/events/outbox.ts'
import type { Store } from '../platform/store/port.ts'
import { readPasswordToken } from './sign-in/password-links.ts'
import type { Seal } from './sign-in/seal.ts'
import { type User, userCollection } from './user.ts'
import type { Invitation } from './users.ts'

/**
 * A mail about somebody's account, in the outbox until it is sent. A way back in is made when it is sent; an invitation was
 * shown to who made it, so its token is on the way sealed.
 */
export const accountMailSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('reset'), userId: z.string() }),
  z.strictObject({ type: z.literal('invitation'), userId: z.string(), sealedToken: z.string() }),
])
export type AccountMail = z.output<typeof accountMailSchema>

export const accountMailKind = 'account-mail'

export interface InvitationMails {
  /** Puts the mail on its way. Whoever belongs to no organization gets none: their invitation is handed over. */
  send(user: User, invitation: Invitation): Promise<void>
  /** Of a mail that is to be sent now; undefined when it was accepted, or another has taken its place. */
  tokenOf(userId: string, sealedToken: string): Promise<string | undefined>
}

export function openInvitationMails(parts: {
  readonly outbox: Pick<Outbox, 'put'>
  readonly seal: Seal
  readonly store: Pick<Store, 'platform'>
}): InvitationMails {
  const users = parts.store.platform(userCollection)
  return {
    async send({ id, orgId }, { expiresAt, token }) {
      if (orgId === null) return
      const data = { type: 'invitation', userId: id, sealedToken: parts.seal.close(token, id) } as const
      await parts.outbox.put({ kind: accountMailKind }, { orgId, id: `invitation/${id}/${expiresAt}`, data })
    },
    async tokenOf(userId, sealedToken) {
      const token = parts.seal.open(sealedToken, userId)
      const user = (await users.get(userId))?.document
      const isOpen = user?.isEnabled === true && user.link?.hash === readPasswordToken(token)?.hash
      return isOpen ? token : undefined
    },
  }
}

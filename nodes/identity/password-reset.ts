import { z } from 'zod'
import { eventFields, noEvents, withEvents } from '../platform/kit/events/event.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import type { User } from './user.ts'

const passwordResetSchema = z.strictObject({
  id: z.string().min(1),
  userId: z.string().min(1),
  requestedAtMs: z.int(),
  ...eventFields,
})
export type PasswordReset = z.output<typeof passwordResetSchema>

/**
 * Somebody has said that they forgot their password. The document is there for its event, `PasswordResetRequested` with
 * `{userId, email, name}`: whoever sends the mail asks for the token then (`Identity.passwords.resetToken`), so that it stands
 * nowhere, and a mail that is sent again has one that works.
 */
export const passwordResetCollection: CollectionSpec<PasswordReset> = {
  name: 'password_resets',
  schema: passwordResetSchema,
  indexes: [['requestedAtMs']],
  indexesEverywhere: [['pendingSinceMs']],
}

export const newPasswordReset = (id: string, user: User, nowMs: number): PasswordReset =>
  withEvents(
    { id, userId: user.id, requestedAtMs: nowMs, ...noEvents },
    [{ type: 'PasswordResetRequested', data: { userId: user.id, email: user.email, name: user.name } }],
    nowMs,
  )

import { type User, userCollection, normalizeEmail } from '../user.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Store } from '../../platform/store/port.ts'
import type { LoginThrottle } from './login-throttle.ts'
import type { SecondFactors } from './second-factors.ts'
import type { PasswordHasher } from './password-hasher.ts'

export type Proof =
  | { readonly kind: 'proved'; readonly user: User }
  | { readonly kind: 'refused' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** The password is right, and a code of the second factor is missing. */
  | { readonly kind: 'code-needed' }

/** What is shown beside the password: a code, or that one is signed in already. */
export type Beside = { readonly code: string | undefined } | 'signed-in'

export type CheckPassword = (
  email: string,
  password: string,
  address: string,
  beside: Beside,
) => Promise<Proof>

/** Attempts that are made to wait at a time: each holds a request open. */
const maxWaiting = 200

/** The one place where a password is looked at. Unknown, disabled and wrong take the same steps and the same time. */
export function createPasswordCheck(
  store: Store,
  passwords: PasswordHasher,
  throttle: LoginThrottle,
  secondFactors: Pick<SecondFactors, 'check'>,
  log: Logger,
  wait: (ms: number) => Promise<void>,
): CheckPassword {
  const users = store.platform(userCollection)
  let waiting = 0

  async function rehash(user: User, password: string): Promise<void> {
    const passwordHash = await passwords.hash(password)
    await users.update(user.id, (current) =>
      current.passwordHash === user.passwordHash ? { ...current, passwordHash } : current,
    )
  }

  /** Undefined when nothing is in the way. */
  async function refusalOfCode(user: User, code: string | undefined): Promise<Proof | undefined> {
    if (user.secondFactor?.isConfirmed !== true) return undefined
    if (code === undefined || code.trim() === '') return { kind: 'code-needed' }
    const retryAfterSeconds = await throttle.waitForCode(user.email)
    if (retryAfterSeconds !== undefined) return { kind: 'throttled', retryAfterSeconds }
    return (await secondFactors.check(user, code)) === 'right' ? undefined : { kind: 'refused' }
  }

  return async (typedEmail, password, address, beside) => {
    const email = normalizeEmail(typedEmail.toWellFormed())
    const entry = await throttle.enter(email, address)
    if (entry.kind === 'throttled') {
      log.warn({ address, retryAfterSeconds: entry.retryAfterSeconds }, 'login throttled')
      return entry
    }
    if (entry.delayMs > 0) {
      if (waiting >= maxWaiting) return { kind: 'throttled', retryAfterSeconds: 5 }
      waiting += 1
      await wait(entry.delayMs).finally(() => (waiting -= 1))
    }
    const user = (await users.find({ email }, { limit: 1 })).items[0]?.document
    const verdict = await passwords.verify(password, user?.passwordHash ?? undefined)
    if (verdict === 'busy') return { kind: 'throttled', retryAfterSeconds: 1 }
    if (verdict === 'wrong' || user?.isEnabled !== true) {
      // Not the e-mail: people type passwords into the wrong field.
      log.warn({ address, userId: user?.id }, 'login refused')
      return { kind: 'refused' }
    }
    const refusal = beside === 'signed-in' ? undefined : await refusalOfCode(user, beside.code)
    if (refusal !== undefined) return refusal
    await entry.succeed()
    if (user.passwordHash !== null && passwords.isOutdated(user.passwordHash)) await rehash(user, password)
    return { kind: 'proved', user }
  }
}

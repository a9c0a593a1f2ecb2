import type { UserPrincipal } from '../platform/kit/endpoints/principal.ts'
import type { Store } from '../platform/store/port.ts'
import type { CheckPassword } from './sign-in/credentials.ts'
import type { SecondFactors } from './sign-in/second-factors.ts'
import { userCollection } from './user.ts'
import type { UserChanges } from './user-changes.ts'
import type { UserCommand, UserRefusal } from './user-decider.ts'

export type FactorRefusal =
  | { readonly kind: 'refused'; readonly why: UserRefusal | 'wrong-password' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }

/** How people come by a second factor, and rid of it. The password is asked for, so that an open session is not enough. */
export interface OwnSecondFactor {
  /** A secret for an app. It is not asked for before it is confirmed. */
  begin(
    who: UserPrincipal,
    current: string,
    address: string,
  ): Promise<{ readonly kind: 'begun'; readonly secret: string; readonly uri: string } | FactorRefusal>
  /** With a first code; gives the recovery codes, which are shown this once. */
  confirm(
    who: UserPrincipal,
    code: string,
  ): Promise<{ readonly kind: 'confirmed'; readonly recoveryCodes: readonly string[] } | FactorRefusal>
  end(
    who: UserPrincipal,
    current: string,
    address: string,
  ): Promise<{ readonly kind: 'ended' } | FactorRefusal>
}

export interface OwnSecondFactorParts {
  readonly store: Store
  readonly changes: UserChanges
  readonly checkPassword: CheckPassword
  readonly secondFactors: SecondFactors
}

export function openOwnSecondFactor(parts: OwnSecondFactorParts): OwnSecondFactor {
  const { changes, checkPassword, secondFactors, store } = parts
  const users = store.platform(userCollection)

  async function refusalOfPassword(
    { email }: UserPrincipal,
    current: string,
    address: string,
  ): Promise<FactorRefusal | undefined> {
    const proof = await checkPassword(email, current, address, 'signed-in')
    if (proof.kind === 'proved') return undefined
    return proof.kind === 'throttled' ? proof : { kind: 'refused', why: 'wrong-password' }
  }

  async function carryOut(userId: string, command: UserCommand): Promise<FactorRefusal | undefined> {
    const changed = await changes.change(userId, () => ({ kind: 'commands', commands: [command] }))
    if (changed.kind === 'done') return undefined
    const isKnown = changed.kind !== 'refused' && changed.kind !== 'last-admin'
    return { kind: 'refused', why: isKnown ? changed.kind : 'missing' }
  }

  return {
    async begin(who, current, address) {
      const refusal = await refusalOfPassword(who, current, address)
      if (refusal !== undefined) return refusal
      const user = (await users.get(who.userId))?.document
      if (user === undefined) return { kind: 'refused', why: 'missing' }
      const { sealed, secret, uri } = secondFactors.begin(user)
      const failed = await carryOut(who.userId, { type: 'BeginSecondFactor', secret: sealed })
      return failed ?? { kind: 'begun', secret, uri }
    },

    async confirm({ userId }, code) {
      const factor = (await users.get(userId))?.document.secondFactor
      if (factor === undefined) return { kind: 'refused', why: 'no-second-factor' }
      const step = secondFactors.stepOf(factor.secret, userId, code.replaceAll(/\s/g, ''))
      if (step === undefined) return { kind: 'refused', why: 'wrong-code' }
      const { codes, hashes } = secondFactors.newRecoveryCodes()
      const { secret } = factor
      const failed = await carryOut(userId, { type: 'ConfirmSecondFactor', secret, step, recovery: hashes })
      return failed ?? { kind: 'confirmed', recoveryCodes: codes }
    },

    async end(who, current, address) {
      const refusal = await refusalOfPassword(who, current, address)
      return refusal ?? (await carryOut(who.userId, { type: 'EndSecondFactor' })) ?? { kind: 'ended' }
    },
  }
}

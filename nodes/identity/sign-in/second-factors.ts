import { randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { Clock } from '../../platform/clock.ts'
import type { User } from '../user.ts'
import type { UserChanges } from '../user-changes.ts'
import type { UserCommand } from '../user-decider.ts'
import { digestOf } from './opaque-secret.ts'
import type { Seal } from './seal.ts'

/** What authenticator apps take for granted. */
const settings = { issuer: 'Fleetloom', algorithm: 'SHA1', digits: 6, period: 30 } as const
/** A step before and after: clocks differ, and people type slowly. */
const toleratedSteps = 1
const secretBytes = 20
const recoveryCodes = 10
// Nothing that looks like something else; 16 of them are 79 bits, so a fast hash keeps them.
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'

export type CodeVerdict = 'right' | 'wrong' | 'needed'

export interface SecondFactors {
  /** `right` for who has no second factor, or shows a code of it that was not used before, or a recovery code. */
  check(user: User, code: string | undefined): Promise<CodeVerdict>
  /** A secret for an app: as text, as the address that a QR code carries, and sealed for the store. */
  begin(user: User): { readonly secret: string; readonly uri: string; readonly sealed: string }
  /** The time step that a code is of; undefined when it is no code of this secret around now. */
  stepOf(sealed: string, userId: string, code: string): number | undefined
  newRecoveryCodes(): { readonly codes: readonly string[]; readonly hashes: readonly string[] }
}

export function createSecondFactors(
  seal: Seal,
  changes: Pick<UserChanges, 'change'>,
  clock: Pick<Clock, 'nowMs'>,
): SecondFactors {
  function stepOf(sealed: string, userId: string, code: string): number | undefined {
    const secret = Secret.fromBase32(seal.open(sealed, userId))
    const timestamp = clock.nowMs()
    const delta = new TOTP({ ...settings, secret }).validate({
      token: code,
      timestamp,
      window: toleratedSteps,
    })
    return delta === null ? undefined : TOTP.counter({ period: settings.period, timestamp }) + delta
  }

  function commandOf({ id, secondFactor }: User, code: string): UserCommand | undefined {
    const plain = code.replaceAll(/[\s-]/g, '').toLowerCase()
    if (!/^\d{6}$/.test(plain)) return { type: 'UseRecoveryCode', hash: digestOf(plain) }
    const step = secondFactor === undefined ? undefined : stepOf(secondFactor.secret, id, plain)
    return step === undefined ? undefined : { type: 'UseCode', step }
  }

  return {
    stepOf,

    async check(user, code) {
      if (user.secondFactor?.isConfirmed !== true) return 'right'
      if (code === undefined || code.trim() === '') return 'needed'
      const command = commandOf(user, code)
      if (command === undefined) return 'wrong'
      const used = await changes.change(user.id, () => ({ kind: 'commands', commands: [command] }))
      return used.kind === 'done' ? 'right' : 'wrong'
    },

    begin({ email, id }) {
      const secret = new Secret({ size: secretBytes })
      const uri = new TOTP({ ...settings, label: email, secret }).toString()
      return { secret: secret.base32, uri, sealed: seal.close(secret.base32, id) }
    },

    newRecoveryCodes() {
      const plain = Array.from({ length: recoveryCodes }, () =>
        Array.from({ length: 16 }, () => alphabet.charAt(randomInt(alphabet.length))).join(''),
      )
      return { codes: plain.map((code) => code.replace(/.{4}(?=.)/g, '$&-')), hashes: plain.map(digestOf) }
    },
  }
}

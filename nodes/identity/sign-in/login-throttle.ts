import {
  accountAtAddressPolicy,
  addressBucket,
  addressPolicy,
  codePolicy,
  admitAttempt,
  isKnownAddress,
  knownAddressesCollection,
  resetPolicy,
  resetsOfAddressPolicy,
  slowAttempt,
  throttleCollection,
  type ThrottlePolicy,
  withdrawAttempt,
  withKnownAddress,
} from '../throttle.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Store } from '../../platform/store/port.ts'
import { digestOf } from './opaque-secret.ts'

export type Entry =
  | {
      readonly kind: 'admitted'
      /** To be waited for before the password is looked at. */
      readonly delayMs: number
      /** The password was right: it was no guess, and the address is one of the account's from now on. */
      readonly succeed: () => Promise<void>
    }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }

export interface LoginThrottle {
  enter(email: string, address: string): Promise<Entry>
  /** How many seconds to wait before one more code of the account is looked at; undefined for none. Counts it. */
  waitForCode(email: string): Promise<number | undefined>
  /** Whether one more way back in may be sent; counts it. */
  mayAskForReset(email: string, address: string): Promise<boolean>
  /** Forgets windows that have passed. */
  sweep(): Promise<void>
}

/**
 * Counts attempts in the store, so that neither a restart nor a second process begins a new count: of an account at an
 * address and of an address, which end in a refusal, and of an account from wherever, which only takes time. Whoever is
 * where the account was signed in before answers for the first of these alone.
 */
export function createLoginThrottle(store: Store, clock: Clock): LoginThrottle {
  const records = store.platform(throttleCollection)
  const knownAddresses = store.platform(knownAddressesCollection)

  /** Ends because a lost race means that somebody else's attempt counted. */
  async function count<Counted extends { readonly attempts: readonly number[] }>(
    id: string,
    judge: (attempts: readonly number[]) => Counted | number,
    expiresAtMs: number,
  ): Promise<Counted | number> {
    for (;;) {
      const found = await records.get(id)
      const counted = judge(found?.document.attempts ?? [])
      if (typeof counted === 'number') return counted
      const record = { id, attempts: [...counted.attempts], expiresAtMs }
      const outcome =
        found === undefined ? await records.insert(record) : await records.replace(record, found.version)
      if (outcome.kind === 'inserted' || outcome.kind === 'replaced') return counted
    }
  }

  /** How long to wait, or undefined when the attempt was counted. */
  async function reserve(id: string, policy: ThrottlePolicy, nowMs: number): Promise<number | undefined> {
    const judge = (attempts: readonly number[]): { attempts: readonly number[] } | number => {
      const admission = admitAttempt(attempts, nowMs, policy)
      return admission.kind === 'throttled' ? admission.retryAfterMs : admission
    }
    const outcome = await count(id, judge, nowMs + policy.windowMs)
    return typeof outcome === 'number' ? outcome : undefined
  }

  async function slow(id: string, nowMs: number): Promise<number> {
    const judge = (attempts: readonly number[]): ReturnType<typeof slowAttempt> =>
      slowAttempt(attempts, nowMs)
    const outcome = await count(id, judge, nowMs + addressPolicy.windowMs)
    return typeof outcome === 'number' ? outcome : outcome.delayMs
  }

  const withdraw = async (id: string, nowMs: number): Promise<void> => {
    await records.update(id, (record) => ({
      ...record,
      attempts: [...withdrawAttempt(record.attempts, nowMs)],
    }))
  }

  const throttled = (retryAfterMs: number): Entry => ({
    kind: 'throttled',
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
  })

  return {
    async enter(email, address) {
      const nowMs = clock.nowMs()
      const bucket = addressBucket(address)
      const account = digestOf(email)
      const [accountId, addressId] = [`account:${account}`, `address:${bucket}`]
      const pairId = `account-at:${account}:${bucket}`
      const known = (await knownAddresses.get(account))?.document
      const isKnown = isKnownAddress(known, bucket, nowMs)
      // The address first: one that is out of attempts must not use up those of an account.
      const addressWaitMs = isKnown ? undefined : await reserve(addressId, addressPolicy, nowMs)
      if (addressWaitMs !== undefined) return throttled(addressWaitMs)
      const pairWaitMs = await reserve(pairId, accountAtAddressPolicy, nowMs)
      if (pairWaitMs !== undefined) return throttled(pairWaitMs)
      const delayMs = isKnown ? 0 : await slow(accountId, nowMs)
      return {
        kind: 'admitted',
        delayMs,
        succeed: async () => {
          await records.remove(pairId)
          await records.remove(`code:${account}`)
          if (!isKnown) {
            await withdraw(addressId, nowMs)
            await withdraw(accountId, nowMs)
          }
          await knownAddresses.upsert(withKnownAddress(account, known, bucket, nowMs))
        },
      }
    },

    async waitForCode(email) {
      const waitMs = await reserve(`code:${digestOf(email)}`, codePolicy, clock.nowMs())
      return waitMs === undefined ? undefined : Math.max(1, Math.ceil(waitMs / 1000))
    },

    async mayAskForReset(email, address) {
      const nowMs = clock.nowMs()
      const ofAddress = await reserve(`reset-from:${addressBucket(address)}`, resetsOfAddressPolicy, nowMs)
      if (ofAddress !== undefined) return false
      return (await reserve(`reset:${digestOf(email)}`, resetPolicy, nowMs)) === undefined
    },

    async sweep() {
      const passed = { expiresAtMs: { $lt: clock.nowMs() } }
      await records.removeMany(passed)
      await knownAddresses.removeMany(passed)
    },
  }
}

import {
  accountPolicy,
  addressBucket,
  addressPolicy,
  admitAttempt,
  throttleCollection,
  type ThrottlePolicy,
  withdrawAttempt,
} from '../../nodes/identity/throttle.ts'
import type { Clock } from '../../nodes/platform/clock.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { digestOf } from './opaque-secret.ts'

export type Entry =
  | {
      readonly kind: 'admitted'
      /** The password was right: the account starts afresh, the address gets only this attempt back. */
      readonly succeed: () => Promise<void>
    }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }

export interface LoginThrottle {
  enter(email: string, address: string): Promise<Entry>
  /** Forgets windows that have passed. */
  sweep(): Promise<void>
}

/** Counts attempts in the store, so that neither a restart nor a second process begins a new count. */
export function createLoginThrottle(store: Store, clock: Clock): LoginThrottle {
  const records = store.platform(throttleCollection)

  /** Ends because a lost race means that somebody else's attempt counted, and only `limit` of them can. */
  async function reserve(id: string, policy: ThrottlePolicy, nowMs: number): Promise<number | undefined> {
    for (;;) {
      const found = await records.get(id)
      const admission = admitAttempt(found?.document.attempts ?? [], nowMs, policy)
      if (admission.kind === 'throttled') return admission.retryAfterMs
      const record = { id, attempts: [...admission.attempts], expiresAtMs: nowMs + policy.windowMs }
      const outcome =
        found === undefined ? await records.insert(record) : await records.replace(record, found.version)
      if (outcome.kind === 'inserted' || outcome.kind === 'replaced') return undefined
    }
  }

  const throttled = (retryAfterMs: number): Entry => ({
    kind: 'throttled',
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
  })

  return {
    async enter(email, address) {
      const nowMs = clock.nowMs()
      const accountId = `account:${digestOf(email)}`
      const addressId = `address:${addressBucket(address)}`
      // The address first: one that is out of attempts must not use up those of an account.
      const addressWaitMs = await reserve(addressId, addressPolicy, nowMs)
      if (addressWaitMs !== undefined) return throttled(addressWaitMs)
      const accountWaitMs = await reserve(accountId, accountPolicy, nowMs)
      if (accountWaitMs !== undefined) return throttled(accountWaitMs)
      return {
        kind: 'admitted',
        succeed: async () => {
          await records.remove(accountId)
          await records.update(addressId, (record) => ({
            ...record,
            attempts: [...withdrawAttempt(record.attempts, nowMs)],
          }))
        },
      }
    },

    async sweep() {
      await records.removeMany({ expiresAtMs: { $lt: clock.nowMs() } })
    },
  }
}

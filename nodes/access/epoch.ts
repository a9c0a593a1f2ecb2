/**
 * What a pod that judges codes by itself is given. Every set of codes is an epoch of its lock, with a key of its own:
 *
 *     key   = hex HMAC-SHA-256(key of the platform, ["epoch", organization, pod, epoch])
 *     code  = the digits of HMAC-SHA-256(key of the epoch it was issued in, "code/{booking}/{n}/{round}")
 *     entry = hex HMAC-SHA-256(key of the epoch that the set is of, code)
 *
 * so a set says nothing about the one before it, and one that was recorded is refused by its number.
 */
import { toHex } from '../platform/kit/bytes.ts'
import { hmacOfText, type KeyedHash } from '../platform/keyed-hash.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { codeOf, digitsOf } from './code.ts'

/** An access code that the pod may judge by itself, and when it opens the door. */
export interface LockCode {
  readonly bookingId: string
  /** Which of the codes of its booking it is, and the epoch that it was issued in. */
  readonly n: number
  /** Null: it was issued while the pod asked the platform, under the platform's own key. */
  readonly issuedIn: number | null
  readonly fromMs: number
  readonly untilMs: number
}

/** What `provisionCodes` brings to the pod. `online`: ask the platform about every code again. */
export type CodeSet = {
  readonly mode: 'online' | 'offline'
  readonly epoch: number
  /** Text, as the pod uses it: the key of the HMAC are its bytes in UTF-8. */
  readonly key: string
  readonly codes: {
    readonly hash: string
    readonly from: string
    readonly until: string
    readonly bookingId: string
  }[]
}

export const epochKeyOf = (key: KeyedHash, orgId: string, podId: string, epoch: number): string =>
  key.hex(['epoch', orgId, podId, epoch])

export const epochCodeOf = (epochKey: string, bookingId: string, n: number): string =>
  digitsOf((round) => hmacOfText(epochKey, `code/${bookingId}/${n}/${round}`))

/** The digits that the guest types. */
export const digitsFor = (
  key: KeyedHash,
  orgId: string,
  podId: string,
  { bookingId, issuedIn, n }: Pick<LockCode, 'bookingId' | 'issuedIn' | 'n'>,
): string =>
  issuedIn === null
    ? codeOf(key, orgId, bookingId, n)
    : epochCodeOf(epochKeyOf(key, orgId, podId, issuedIn), bookingId, n)

/** What the pod compares with, and how it hashes what is typed. */
export const entryOf = (epochKey: string, code: string): string => toHex(hmacOfText(epochKey, code))

/** Tells whether sets are still made with the same key of the platform. */
export const markOf = (key: KeyedHash): string => key.hex(['mark of epochs']).slice(0, 16)

export function codeSetOf(
  key: KeyedHash,
  orgId: string,
  podId: string,
  lock: Pick<CodeSet, 'epoch' | 'mode'> & { readonly codes: readonly LockCode[] },
): CodeSet {
  const epochKey = epochKeyOf(key, orgId, podId, lock.epoch)
  return {
    mode: lock.mode,
    epoch: lock.epoch,
    key: epochKey,
    codes: lock.codes.map(({ bookingId, fromMs, issuedIn, n, untilMs }) => ({
      hash: entryOf(epochKey, digitsFor(key, orgId, podId, { bookingId, issuedIn, n })),
      from: toIsoTime(fromMs),
      until: toIsoTime(untilMs),
      bookingId,
    })),
  }
}

import { refilled } from './refilled.ts'

export interface AllowancesOptions {
  /** What each may go on spending in a second. */
  readonly perSecond?: number
  /** What it may spend at once. */
  readonly burst?: number
  readonly monotonicMs?: () => number
  /** Called for one that is turned away, at most once a minute for all of them. */
  readonly onTurnedAway?: (key: string) => void
}

interface Account {
  readonly left: number
  readonly atMs: number
  /** When the last that had to wait has its turn. */
  readonly turnMs: number
  /** How many usual ones the last was worth, and so how far apart turns are. */
  readonly weight: number
}

/** Who is kept in mind; one who comes from more addresses is a matter for a firewall. */
const maxKeys = 10_000
const tellEveryMs = 60_000
/** Whoever would have to wait longer for a turn is turned away. */
const maxWaitMs = 2000

/**
 * What each address may spend: connections that had to be ended because of what came through them. Whoever opens one after
 * the other and sends rubbish costs others most by opening them, so past the limit those of that address take turns, as
 * many in a second as it may spend, and what would have to wait too long is turned away at the door, before anything is
 * spent on it. Connections that stay within the rules cost it nothing, however many come at once (a fleet returns in one
 * second after an outage), and when there is nothing to be said against an address nobody of it waits.
 */
export class Allowances {
  readonly #perSecond: number
  readonly #burst: number
  readonly #monotonicMs: () => number
  readonly #onTurnedAway: (key: string) => void
  #toldMs = -Infinity
  readonly #accounts = new Map<string, Account>()

  /** How many were not let in. */
  turnedAway = 0

  constructor(options: AllowancesOptions = {}) {
    this.#perSecond = options.perSecond ?? 20
    this.#burst = options.burst ?? 100
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#onTurnedAway = options.onTurnedAway ?? (() => undefined)
  }

  /** @param weight how many usual connections it costs to open one such as this */
  spend(key: string, weight = 1): void {
    const left = Math.max(1 - weight, this.#leftOf(key) - weight)
    const turnMs = this.#accounts.get(key)?.turnMs ?? 0
    this.#accounts.delete(key)
    const [oldest] = this.#accounts.size >= maxKeys ? this.#accounts.keys() : []
    if (oldest !== undefined) this.#accounts.delete(oldest)
    this.#accounts.set(key, { left, atMs: this.#monotonicMs(), turnMs, weight })
  }

  /** Whether it has anything left to spend. */
  admits(key: string): boolean {
    return this.#accounts.size === 0 || this.#leftOf(key) >= 1
  }

  /** Asked for each new connection: how long it has to wait for its turn; undefined for one that is turned away. */
  waitMs(key: string): number | undefined {
    if (this.admits(key)) return 0
    const account = this.#accounts.get(key)
    if (account === undefined) return 0
    const nowMs = this.#monotonicMs()
    const turnMs = Math.max(nowMs, account.turnMs) + (1000 * account.weight) / this.#perSecond
    if (turnMs - nowMs <= maxWaitMs) {
      this.#accounts.set(key, { ...account, turnMs })
      return turnMs - nowMs
    }
    this.turnedAway += 1
    if (nowMs - this.#toldMs >= tellEveryMs) {
      this.#toldMs = nowMs
      this.#onTurnedAway(key)
    }
    return undefined
  }

  #leftOf(key: string): number {
    const account = this.#accounts.get(key)
    if (account === undefined) return this.#burst
    const limits = { burst: this.#burst, perSecond: this.#perSecond }
    const left = refilled(account.left, this.#monotonicMs() - account.atMs, limits)
    if (left === this.#burst) this.#accounts.delete(key)
    return left
  }
}

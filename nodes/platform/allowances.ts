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
}

/** Who is kept in mind; one who comes from more addresses is a matter for a firewall. */
const maxKeys = 10_000
const tellEveryMs = 60_000

/**
 * What each address may spend: connections that had to be ended because of what came through them. Whoever opens one after
 * the other and sends rubbish costs others most by opening them, so past the limit those of that address are turned away
 * at the door, before anything is spent on them, until what it has left grows again: a limit, no ban. Connections that
 * stay within the rules cost it nothing, however many come at once (a fleet returns in one second after an outage). The
 * same for each device, of connections that do keep to the rules.
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
    this.#perSecond = options.perSecond ?? 40
    this.#burst = options.burst ?? 200
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#onTurnedAway = options.onTurnedAway ?? (() => undefined)
  }

  spend(key: string): void {
    const left = Math.max(0, this.#leftOf(key) - 1)
    this.#accounts.delete(key)
    const [oldest] = this.#accounts.size >= maxKeys ? this.#accounts.keys() : []
    if (oldest !== undefined) this.#accounts.delete(oldest)
    this.#accounts.set(key, { left, atMs: this.#monotonicMs() })
  }

  /** Asked for each new connection; false when one of this key is too many. */
  admits(key: string): boolean {
    if (this.#accounts.size === 0 || this.#leftOf(key) >= 1) return true
    this.turnedAway += 1
    const nowMs = this.#monotonicMs()
    if (nowMs - this.#toldMs >= tellEveryMs) {
      this.#toldMs = nowMs
      this.#onTurnedAway(key)
    }
    return false
  }

  #leftOf(key: string): number {
    const account = this.#accounts.get(key)
    if (account === undefined) return this.#burst
    const grown = account.left + ((this.#monotonicMs() - account.atMs) / 1000) * this.#perSecond
    if (grown < this.#burst) return grown
    this.#accounts.delete(key)
    return this.#burst
  }
}

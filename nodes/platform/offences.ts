export interface OffencesOptions {
  /** How many an address may go on having each second. */
  readonly perSecond?: number
  /** How many it may have at once. */
  readonly burst?: number
  readonly monotonicMs?: () => number
  /** Called for an address that is turned away, at most once a minute for all of them. */
  readonly onTurnedAway?: (address: string) => void
}

interface Account {
  readonly left: number
  readonly atMs: number
}

/** Addresses that are kept in mind; who comes from more of them is a matter for a firewall. */
const maxAddresses = 10_000
const tellEveryMs = 60_000

/**
 * Counts for each address the connections that had to be ended because of what came through them. Whoever opens one after
 * the other and sends rubbish costs others most by opening them, so past the limit those of that address are turned away
 * at the door, before anything is spent on them, until what it has left grows again: a limit, no ban. Connections that
 * stay within the rules are never counted, however many come at once (a fleet returns in one second after an outage).
 */
export class Offences {
  readonly #perSecond: number
  readonly #burst: number
  readonly #monotonicMs: () => number
  readonly #onTurnedAway: (address: string) => void
  #toldMs = -Infinity
  readonly #accounts = new Map<string, Account>()

  /** Connections that were not let in. */
  turnedAway = 0

  constructor(options: OffencesOptions = {}) {
    this.#perSecond = options.perSecond ?? 40
    this.#burst = options.burst ?? 200
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#onTurnedAway = options.onTurnedAway ?? (() => undefined)
  }

  /** A connection of this address was ended because of what came through it. */
  note(address: string): void {
    const left = Math.max(0, this.#leftOf(address) - 1)
    this.#accounts.delete(address)
    const [oldest] = this.#accounts.size >= maxAddresses ? this.#accounts.keys() : []
    if (oldest !== undefined) this.#accounts.delete(oldest)
    this.#accounts.set(address, { left, atMs: this.#monotonicMs() })
  }

  /** Asked for each new connection; false when one of this address is too many. */
  admits(address: string): boolean {
    if (this.#accounts.size === 0 || this.#leftOf(address) >= 1) return true
    this.turnedAway += 1
    const nowMs = this.#monotonicMs()
    if (nowMs - this.#toldMs >= tellEveryMs) {
      this.#toldMs = nowMs
      this.#onTurnedAway(address)
    }
    return false
  }

  #leftOf(address: string): number {
    const account = this.#accounts.get(address)
    if (account === undefined) return this.#burst
    const grown = account.left + ((this.#monotonicMs() - account.atMs) / 1000) * this.#perSecond
    if (grown < this.#burst) return grown
    this.#accounts.delete(address)
    return this.#burst
  }
}

import { refilled } from '../platform/refilled.ts'

export interface Rate {
  readonly perSecond: number
  /** What may come at once. */
  readonly burst: number
}

/** What lets messages through: see {@link Bucket}. */
export interface Allowance {
  take(nowMs: number): boolean
  waitMs(nowMs: number): number
}

/** Lets nothing through, and is asked again after a while. */
export const shut: Allowance = { take: () => false, waitMs: () => 5000 }

/** Tokens that come back with time; what is taken beyond is owed. */
export class Bucket implements Allowance {
  readonly #rate: Rate
  #tokens: number
  #atMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#atMs = nowMs
  }

  /** Takes one if there is one. */
  take(nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Until there is one. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs)
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#rate.perSecond) * 1000
  }

  #refill(nowMs: number): void {
    this.#tokens = refilled(this.#tokens, nowMs - this.#atMs, this.#rate)
    this.#atMs = nowMs
  }
}

import { refilled } from './refilled.ts'

/** A bucket of tokens, one for each frame: what a person's page sends passes, a flood does not. */
export class FrameRate {
  readonly #limits: { readonly perSecond: number; readonly burst: number }
  readonly #nowMs: () => number
  #tokens: number
  #filledMs: number

  constructor(perSecond = 50, burst = 500, nowMs: () => number = () => performance.now()) {
    this.#limits = { perSecond, burst }
    this.#nowMs = nowMs
    this.#tokens = burst
    this.#filledMs = nowMs()
  }

  /** False when it is one too many. */
  take(): boolean {
    const nowMs = this.#nowMs()
    this.#tokens = refilled(this.#tokens, nowMs - this.#filledMs, this.#limits)
    this.#filledMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}

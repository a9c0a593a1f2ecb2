import type { Reading } from './reading.ts'

/** What was stored for an organization since this process started. */
export interface TrafficReport {
  /** Average over the last minute, or since the start when that is shorter. */
  readonly messagesPerSecond: number
  readonly readingsStored: number
  /** Epoch milliseconds. */
  readonly sinceMs: number
}

const windowSeconds = 60
/** One more than the window: the second under way must not overwrite the oldest that still counts. */
const places = windowSeconds + 1

interface Tally {
  readings: number
  /** Messages by second, at `second % places`; `seconds` says which second each place is about. */
  readonly messages: Float64Array
  readonly seconds: Float64Array
}

/** Counts by organization, cheaply enough for the hot path: an addition per reading, a map look-up per run of one organization. */
export class Traffic {
  #sinceMs: number
  readonly #tallies = new Map<string, Tally>()

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  /** Readings of one message stand together and share device and time, as the decoder leaves them. */
  count(readings: readonly Pick<Reading, 'orgId' | 'deviceId' | 'ts'>[], nowMs: number): void {
    this.#mendStart(nowMs)
    let count = 0
    let messages = 0
    let previous: Pick<Reading, 'orgId' | 'deviceId' | 'ts'> | undefined
    for (const reading of readings) {
      if (previous !== undefined && reading.orgId !== previous.orgId) {
        this.#add(previous.orgId, messages, count, nowMs)
        count = 0
        messages = 0
      }
      if (reading.deviceId !== previous?.deviceId || reading.ts !== previous.ts) messages += 1
      count += 1
      previous = reading
    }
    if (previous !== undefined) this.#add(previous.orgId, messages, count, nowMs)
  }

  of(orgId: string, nowMs: number): TrafficReport {
    this.#mendStart(nowMs)
    const tally = this.#tallies.get(orgId)
    const now = Math.floor(nowMs / 1000)
    let messages = 0
    for (const [place, second] of tally?.seconds.entries() ?? []) {
      // The second that is under way would make the rate look lower than it is.
      if (second < now && second >= now - windowSeconds) messages += tally?.messages[place] ?? 0
    }
    const seconds = Math.min(windowSeconds, Math.max(1, now - Math.floor(this.#sinceMs / 1000)))
    return {
      messagesPerSecond: messages / seconds,
      readingsStored: tally?.readings ?? 0,
      sinceMs: this.#sinceMs,
    }
  }

  organizations(): Iterable<string> {
    return this.#tallies.keys()
  }

  /** A clock that was ahead at the start has been corrected since: what was counted then is of no second of the last minute. */
  #mendStart(nowMs: number): void {
    if (nowMs < this.#sinceMs) this.#sinceMs = nowMs
  }

  #add(orgId: string, messages: number, readings: number, nowMs: number): void {
    const tally = this.#tallyOf(orgId)
    const second = Math.floor(nowMs / 1000)
    const place = second % places
    tally.readings += readings
    tally.messages[place] = (tally.seconds[place] === second ? (tally.messages[place] ?? 0) : 0) + messages
    tally.seconds[place] = second
  }

  #tallyOf(orgId: string): Tally {
    const known = this.#tallies.get(orgId)
    if (known !== undefined) return known
    const created: Tally = {
      readings: 0,
      messages: new Float64Array(places),
      seconds: new Float64Array(places),
    }
    this.#tallies.set(orgId, created)
    return created
  }
}

import { z } from 'zod'
import type { Reading } from './reading.ts'
import type { Traffic, TrafficReport } from './traffic.ts'

/** By organization: messages per second, and readings stored since the instance started. */
const snapshotSchema = z.object({
  sinceMs: z.number(),
  organizations: z.record(z.string(), z.tuple([z.number(), z.number()])),
})

/** A rate that is not repeated for so long is of an instance that has gone; what it had stored stays counted. */
const rateForMs = 10_000

interface Heard {
  readonly atMs: number
  readonly snapshot: z.output<typeof snapshotSchema>
}

/** What this instance has counted together with what others say of themselves. */
export class SharedTraffic {
  readonly #own: Traffic
  readonly #heard = new Map<string, Heard>()

  constructor(own: Traffic) {
    this.#own = own
  }

  count(readings: readonly Pick<Reading, 'orgId' | 'deviceId' | 'ts'>[], nowMs: number): void {
    this.#own.count(readings, nowMs)
  }

  of(orgId: string, nowMs: number): TrafficReport {
    let { messagesPerSecond, readingsStored, sinceMs } = this.#own.of(orgId, nowMs)
    for (const { atMs, snapshot } of this.#heard.values()) {
      const [rate = 0, stored = 0] = Object.hasOwn(snapshot.organizations, orgId)
        ? (snapshot.organizations[orgId] ?? [])
        : []
      // Heard at a time ahead of now: of a clock that has been corrected since, and soon heard again if it is still there.
      if (Math.abs(nowMs - atMs) <= rateForMs) messagesPerSecond += rate
      readingsStored += stored
      sinceMs = Math.min(sinceMs, snapshot.sinceMs)
    }
    return { messagesPerSecond, readingsStored, sinceMs }
  }

  /** For the others, to be told every few seconds; undefined while nothing was counted here. */
  snapshot(nowMs: number): z.output<typeof snapshotSchema> | undefined {
    const counted = [...this.#own.organizations()].map(
      (orgId) => [orgId, this.#own.of(orgId, nowMs)] as const,
    )
    return counted.length === 0
      ? undefined
      : {
          sinceMs: counted[0]?.[1].sinceMs ?? nowMs,
          organizations: Object.fromEntries(
            counted.map(([orgId, { messagesPerSecond, readingsStored }]) => [
              orgId,
              [messagesPerSecond, readingsStored],
            ]),
          ),
        }
  }

  hear(instance: string, snapshot: unknown, nowMs: number): void {
    const parsed = snapshotSchema.safeParse(snapshot)
    if (parsed.success) this.#heard.set(instance, { atMs: nowMs, snapshot: parsed.data })
  }
}

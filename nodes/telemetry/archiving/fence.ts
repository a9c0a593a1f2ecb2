import type { DevicePeriod, SeriesReading } from '../../platform/series/port.ts'

interface Appends {
  count: number
  whenNone: (() => void) | undefined
}

/**
 * Keeps appends off a period while it is compared with the archive and removed, so that nothing can arrive in between and
 * go unseen. Costs an append two additions while no fence is up.
 */
export class Fence {
  readonly #fences = new Set<DevicePeriod & { readonly lowered: Promise<void> }>()
  #current: Appends = { count: 0, whenNone: undefined }
  #earlier: Promise<unknown> = Promise.resolve()

  /** Resolves when no append that has begun before can still add to the period. The result takes the fence down. */
  async raise(period: DevicePeriod): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const fence = { ...period, lowered: promise }
    this.#fences.add(fence)
    const before = this.#current
    this.#current = { count: 0, whenNone: undefined }
    const ended = new Promise<void>((done) => {
      before.whenNone = done
      if (before.count === 0) done()
    })
    this.#earlier = Promise.all([this.#earlier, ended])
    await this.#earlier
    return () => {
      this.#fences.delete(fence)
      resolve(undefined)
    }
  }

  /** Runs `append` with what no fence keeps off; the rest follows, by another call, when its fences are down. */
  async append(
    readings: readonly SeriesReading[],
    append: (readings: readonly SeriesReading[]) => Promise<{ readonly durable: Promise<void> }>,
  ): Promise<{ readonly durable: Promise<void> }> {
    if (this.#fences.size === 0) return await this.#counted(() => append(readings))
    const kept = readings.filter((reading) => this.#fenceOf(reading) !== undefined)
    if (kept.length === 0) return await this.#counted(() => append(readings))
    const free = readings.filter((reading) => this.#fenceOf(reading) === undefined)
    const lowered = Promise.all([...this.#fences].map((fence) => fence.lowered))
    const [now, later] = [
      await this.#counted(() => append(free)),
      lowered.then(async () => (await this.append(kept, append)).durable),
    ]
    return { durable: Promise.all([now.durable, later]).then(() => undefined) }
  }

  #fenceOf({ orgId, deviceId, ts }: SeriesReading): DevicePeriod | undefined {
    for (const fence of this.#fences) {
      const isInside = ts >= fence.fromMs && ts < fence.toMs
      if (isInside && fence.deviceId === deviceId && fence.orgId === orgId) return fence
    }
    return undefined
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    const appends = this.#current
    appends.count += 1
    try {
      return await work()
    } finally {
      appends.count -= 1
      if (appends.count === 0) appends.whenNone?.()
    }
  }
}

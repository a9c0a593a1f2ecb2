import type { Bus } from '../platform/bus/port.ts'
import type { Clock } from '../platform/clock.ts'
import { repeat } from '../platform/kit/repeat.ts'
import { SharedTraffic } from './shared-traffic.ts'
import { Traffic } from './traffic.ts'

export interface TrafficParts {
  readonly bus: Bus
  readonly clock: Pick<Clock, 'after' | 'nowMs'>
  /** Whether there are other instances, to be told. */
  readonly isShared: boolean
}

export interface OpenTraffic {
  readonly traffic: Pick<Traffic, 'count' | 'of'>
  stop(): void
}

/** The other instances are told so often. */
const tellEveryMs = 2000
const topic = 'traffic'

export function openTraffic({ bus, clock, isShared }: TrafficParts): OpenTraffic {
  const own = new Traffic(clock.nowMs())
  if (!isShared) return { traffic: own, stop: () => undefined }
  const traffic = new SharedTraffic(own)
  const unsubscribe = bus.subscribe(topic, (snapshot, from) => traffic.hear(from, snapshot, clock.nowMs()))
  const tell = async (): Promise<void> => {
    const snapshot = traffic.snapshot(clock.nowMs())
    if (snapshot !== undefined) await bus.publish(topic, snapshot)
  }
  // Whoever does not hear it hears the next one.
  const endTelling = repeat(clock, tellEveryMs, () => void tell().catch(() => undefined))
  return {
    traffic,
    stop() {
      endTelling()
      unsubscribe()
    },
  }
}

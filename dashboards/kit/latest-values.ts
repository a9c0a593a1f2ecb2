import { shallowReactive } from 'vue'
import type { LatestView, ReadingEvent } from './views.ts'
import { decimalsOf } from './format.ts'

export interface LatestValue {
  /** Epoch milliseconds. */
  readonly ts: number
  readonly value: number
  readonly quality: string
  /** As many as any value of the port had, so that numbers keep their width. */
  readonly decimals: number
}

type Valued =
  | Pick<LatestView, 'port' | 'ts' | 'calibratedValue' | 'quality'>
  | Pick<ReadingEvent, 'port' | 'ts' | 'calibratedValue' | 'quality'>

/** The newest value of each port of a device; what comes late changes nothing. */
export class LatestValues {
  readonly byPort: Map<number, LatestValue> = shallowReactive(new Map<number, LatestValue>())

  put({ port, ts, calibratedValue, quality }: Valued): void {
    const time = Date.parse(ts)
    const current = this.byPort.get(port)
    if (current !== undefined && time < current.ts) return
    const decimals = Math.max(current?.decimals ?? 0, decimalsOf(calibratedValue))
    this.byPort.set(port, { ts: time, value: calibratedValue, quality, decimals })
  }
}

import { type ShallowRef, shallowRef } from 'vue'
import { decimalsOf } from '../../../dashboards/kit/format.ts'
import type { LatestValue } from '../../../dashboards/kit/latest-values.ts'
import { isSwitch } from '../../../dashboards/kit/names.ts'
import type { PortSettings } from '../../../dashboards/kit/views.ts'
import type { ChartLine } from '../../../dashboards/chart/chart.ts'
import type { Past } from '../../../dashboards/chart/ranges.ts'
import { SlidingWindow, type WindowStatistics } from './sliding-window.ts'

export interface Reading {
  readonly port: number
  readonly ts: string
  readonly calibratedValue: number
  readonly quality: string
}

/** One port of one device in a chart: its newest value, the last minutes, and what was asked for of the past. */
export class PortLine {
  readonly deviceId: string
  readonly deviceName: string
  readonly settings: PortSettings
  readonly window: SlidingWindow = new SlidingWindow()
  readonly latest: ShallowRef<LatestValue | undefined> = shallowRef<LatestValue>()
  readonly past: ShallowRef<Past | undefined> = shallowRef<Past>()
  /** When the past was asked for; epoch milliseconds. */
  pastMs: number = -Infinity
  decimals = 0

  constructor(device: { readonly id: string; readonly name: string }, settings: PortSettings) {
    this.deviceId = device.id
    this.deviceName = device.name
    this.settings = settings
  }

  get isSwitch(): boolean {
    return isSwitch(this.settings)
  }

  put({ calibratedValue: value, quality, ts }: Omit<Reading, 'port'>): void {
    const time = Date.parse(ts)
    this.window.add(time, value, quality !== 'good')
    this.decimals = Math.max(this.decimals, decimalsOf(value))
    const { latest } = this
    if (latest.value === undefined || time >= latest.value.ts)
      latest.value = { ts: time, value, quality, decimals: this.decimals }
  }

  putAll(readings: readonly Reading[]): void {
    this.window.addAll(
      readings.map(({ calibratedValue, quality, ts }) => [
        Date.parse(ts),
        calibratedValue,
        quality !== 'good',
      ]),
    )
  }

  /** Lowest, highest and average of what is shown. */
  statistics(isLive: boolean): WindowStatistics | undefined {
    return isLive ? this.window.statistics() : this.past.value
  }

  drawn(isLive: boolean, label: string): ChartLine {
    if (isLive)
      return { label, times: this.window.times, values: this.window.values, doubts: this.window.doubts }
    return { label, times: this.past.value?.times ?? [], values: this.past.value?.values ?? [] }
  }
}

import uPlot from 'uplot'
import { formatNumber } from '../shared/format.ts'
import { decimalsOfIncrement, findGaps, gapThreshold, valueRange } from './chart-rules.ts'
import { type Palette, readPalette } from './palette.ts'

export interface ChartOptions {
  /** 0 and 1 are no and yes, and the line goes in steps. */
  readonly isSwitch: boolean
  /** The point under the pointer, or none. */
  readonly onPoint: (point: { readonly timeMs: number; readonly value: number } | undefined) => void
}

export interface Chart {
  /** @param times epoch milliseconds, ascending */
  draw(times: readonly number[], values: readonly number[], fromMs: number, toMs: number): void
  destroy(): void
}

const height = 150
const syncKey = 'fleetloom'
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const month = new Intl.DateTimeFormat(undefined, { month: 'short' })
const font = '12px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

/** A line over the last minutes. All charts of a page point at the same moment. */
export function createChart(container: HTMLElement, { isSwitch, onPoint }: ChartOptions): Chart {
  let palette: Palette = readPalette(container)
  let threshold = 0
  const axis = {
    font,
    stroke: () => palette.text,
    grid: { stroke: () => palette.grid, width: 1 },
    ticks: { show: false },
  }
  const plot = new uPlot(
    {
      width: Math.max(container.clientWidth, 1),
      height,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: syncKey }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, auto: false },
        y: { range: isSwitch ? [-0.15, 1.15] : (_, min, max) => valueRange(min, max) },
      },
      axes: [
        {
          ...axis,
          space: 70,
          size: 26,
          values: (_, splits, _axis, _space, increment) =>
            splits.map((each) => labelFormat(increment).format(each * 1000)),
        },
        {
          ...axis,
          size: 56,
          space: 32,
          ...(isSwitch ? { splits: () => [0, 1] } : {}),
          values: (_, splits, _axis, _space, increment) =>
            splits.map((each) =>
              isSwitch ? (each === 1 ? 'Yes' : 'No') : formatNumber(each, decimalsOfIncrement(increment)),
            ),
        },
      ],
      series: [
        {},
        {
          stroke: () => palette.line,
          fill: () => palette.fill,
          // Down to the axis, not to a zero that may lie far above or below.
          fillTo: (u) => u.scales['y']?.min ?? 0,
          width: 1.75,
          points: { show: false },
          ...(isSwitch && uPlot.paths.stepped !== undefined
            ? { paths: uPlot.paths.stepped({ align: 1 }) }
            : {}),
          gaps: (u, _series, first, last) => {
            const times = Array.from(u.data[0].slice(first, last + 1))
            return findGaps(times, threshold / 1000).map(([from, to]) => [
              u.valToPos(from, 'x', true),
              u.valToPos(to, 'x', true),
            ])
          },
        },
      ],
      hooks: {
        setCursor: [
          (u) => {
            const index = u.cursor.idx
            const time = index === undefined || index === null ? undefined : u.data[0][index]
            const value = index === undefined || index === null ? undefined : u.data[1]?.[index]
            onPoint(
              time === undefined || value === undefined || value === null
                ? undefined
                : { timeMs: time * 1000, value },
            )
          },
        ],
      },
    },
    [[], []],
    container,
  )
  const resizing = new ResizeObserver(() => {
    if (container.clientWidth > 0) plot.setSize({ width: container.clientWidth, height })
  })
  resizing.observe(container)
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  // The style has to have followed first.
  const recolour = (): void => {
    setTimeout(() => {
      palette = readPalette(container)
      plot.redraw(false)
    }, 100)
  }
  scheme.addEventListener('change', recolour)

  return {
    draw(times, values, fromMs, toMs) {
      threshold = gapThreshold(times)
      plot.batch(() => {
        plot.setData([times.map((time) => time / 1000), [...values]], false)
        plot.setScale('x', { min: fromMs / 1000, max: toMs / 1000 })
      })
    },
    destroy() {
      resizing.disconnect()
      scheme.removeEventListener('change', recolour)
      plot.destroy()
    },
  }
}

/** For ticks that stand so many seconds from one another. */
function labelFormat(increment: number): Intl.DateTimeFormat {
  if (increment >= 28 * 86_400) return month
  return increment >= 86_400 ? date : clock
}

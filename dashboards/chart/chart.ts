import uPlot from 'uplot'
import { formatNumber } from '../kit/format.ts'
import { texts } from '../kit/texts.ts'
import { decimalsOfIncrement, findGaps, gapThreshold, valueRange } from './chart-rules.ts'
import { type Palette, readPalette } from './palette.ts'

export interface ChartLine {
  readonly label: string
  /** Epoch milliseconds, ascending. */
  readonly times: readonly number[]
  readonly values: readonly number[]
  /** Whether to mark a point; absent when none is. */
  readonly doubts?: readonly boolean[]
}

export interface ChartPoint {
  readonly timeMs: number
  /** By line; undefined where it has none at that time. */
  readonly values: readonly (number | undefined)[]
}

export interface ChartOptions {
  readonly lines: number
  readonly height: number
  /** 0 and 1 are no and yes, and lines go in steps. */
  readonly isSwitch: boolean
  /** What is under the pointer, or none. */
  readonly onPoint: (point: ChartPoint | undefined) => void
}

/** A stretch of time, shaded from top to bottom; epoch milliseconds. */
export interface ChartBand {
  readonly fromMs: number
  readonly toMs: number
}

export interface Chart {
  draw(lines: readonly ChartLine[], fromMs: number, toMs: number, bands?: readonly ChartBand[]): void
  destroy(): void
}

const syncKey = 'fleetloom'
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const month = new Intl.DateTimeFormat(undefined, { month: 'short' })
const font = '12px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

/** Lines over a range of time. All charts of a page point at the same moment. */
export function createChart(container: HTMLElement, options: ChartOptions): Chart {
  const { height, isSwitch, onPoint } = options
  let palette: Palette = readPalette(container)
  let thresholds: readonly number[] = []
  let shaded: readonly ChartBand[] = []
  const axis = {
    font,
    stroke: () => palette.text,
    grid: { stroke: () => palette.grid, width: 1 },
    ticks: { show: false },
  }
  // Each line is two series: the line, and the points of it that are marked.
  const series = Array.from({ length: options.lines }, (_, line): uPlot.Series[] => [
    {
      stroke: () => palette.lines[line % palette.lines.length] ?? palette.text,
      width: 1.75,
      points: { show: false },
      ...(options.lines === 1 ? { fill: () => palette.fill, fillTo: bottom } : {}),
      ...(isSwitch && uPlot.paths.stepped !== undefined ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
      // Other lines have points between this one's: those are no gaps.
      spanGaps: false,
      gaps: (u, index, first, last) => gapsOf(u, index, first, last, thresholds[line] ?? 0),
    },
    {
      stroke: () => palette.doubt,
      paths: () => null,
      points: { show: true, size: 7, width: 2, stroke: () => palette.doubt, fill: () => palette.doubt },
    },
  ]).flat()
  const plot = new uPlot(
    {
      width: Math.max(container.clientWidth, 1),
      height,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: syncKey },
        y: false,
        drag: { x: false, y: false },
        points: { size: 7 },
      },
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
              isSwitch
                ? each === 1
                  ? texts.yes
                  : texts.no
                : formatNumber(each, decimalsOfIncrement(increment)),
            ),
        },
      ],
      series: [{}, ...series],
      hooks: {
        setCursor: [(u) => onPoint(pointAt(u, options.lines))],
        drawClear: [(u) => shade(u, shaded, palette.band)],
      },
    },
    [[], ...series.map(() => [])],
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
    draw(lines, fromMs, toMs, bands = []) {
      shaded = bands
      thresholds = lines.map(({ times }) => gapThreshold(times))
      plot.batch(() => {
        plot.setData(alignedData(lines), false)
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

/** Under the lines. What is shorter than a pixel is still seen. */
function shade(u: uPlot, bands: readonly ChartBand[], colour: string): void {
  const { ctx } = u
  const { height, left, top, width } = u.bbox
  ctx.save()
  ctx.fillStyle = colour
  for (const { fromMs, toMs } of bands) {
    const from = Math.max(u.valToPos(fromMs / 1000, 'x', true), left)
    const to = Math.min(u.valToPos(toMs / 1000, 'x', true), left + width)
    if (to >= from) ctx.fillRect(from, top, Math.max(to - from, 2), height)
  }
  ctx.restore()
}

/** Down to the axis, not to a zero that may lie far above or below. */
const bottom = (u: uPlot): number => u.scales['y']?.min ?? 0

/** One list of times for all lines, as the library wants it. */
export function alignedData(lines: readonly ChartLine[]): uPlot.AlignedData {
  const tables = lines.map(({ doubts, times, values }): uPlot.AlignedData => [
    times.map((time) => time / 1000),
    [...values],
    values.map((value, index) => (doubts?.[index] === true ? value : null)),
  ])
  const [only] = tables
  if (only === undefined) return [[]]
  return tables.length === 1 ? only : uPlot.join(tables)
}

function gapsOf(
  u: uPlot,
  index: number,
  first: number,
  last: number,
  thresholdMs: number,
): [from: number, to: number][] {
  const values = u.data[index] ?? []
  const times: number[] = []
  for (let at = first; at <= last; at += 1) {
    const value = values[at]
    if (value !== null && value !== undefined) times.push(u.data[0][at] ?? 0)
  }
  return findGaps(times, thresholdMs / 1000).map(([from, to]) => [
    u.valToPos(from, 'x', true),
    u.valToPos(to, 'x', true),
  ])
}

function pointAt(u: uPlot, lines: number): ChartPoint | undefined {
  const index = u.cursor.idx
  const time = index === undefined || index === null ? undefined : u.data[0][index]
  if (index === undefined || index === null || time === undefined) return undefined
  const values = Array.from({ length: lines }, (_, line) => u.data[1 + 2 * line]?.[index] ?? undefined)
  return values.every((value) => value === undefined) ? undefined : { timeMs: time * 1000, values }
}

/** For ticks that stand so many seconds from one another. */
function labelFormat(increment: number): Intl.DateTimeFormat {
  if (increment >= 28 * 86_400) return month
  return increment >= 86_400 ? date : clock
}

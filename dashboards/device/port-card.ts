import type { PortSettings } from '../shared/api-types.ts'
import { h, setAttribute, setText } from '../shared/dom.ts'
import { decimalsOf, formatAgo, formatExact, formatMoment, formatTime } from '../shared/format.ts'
import { formatValue, isSwitch, qualityName, readable, withUnit } from '../shared/names.ts'
import { type Chart, createChart } from './chart.ts'
import { live, type Past, type Range } from './ranges.ts'
import { SlidingWindow } from './sliding-window.ts'

export interface Latest {
  readonly ts: number
  readonly value: number
  readonly quality: string
}

export interface PortCard {
  readonly element: HTMLElement
  readonly window: SlidingWindow
  latest(latest: Latest): void
  /** The texts; cheap enough for every frame. */
  update(nowMs: number): void
  /** Whether it can be seen, or nearly. */
  readonly isInSight: boolean
  readonly isSwitch: boolean
  /** What to draw instead of the live window; `past` is undefined while it is not known. */
  show(range: Range, past: Past | undefined): void
  /** The line and its figures, of what lies between the two times. Nothing while the card is out of sight. */
  draw(fromMs: number, toMs: number): void
  destroy(): void
}

const blank = '\u00a0'
const nothing = { times: [], values: [] }

/** One port: its latest value, large, and the last minutes below. */
export function createPortCard(port: PortSettings, historyState: () => string): PortCard {
  const window = new SlidingWindow()
  const isYesOrNo = isSwitch(port)
  const name = readable(port.name)
  let newest: Latest | undefined
  let decimals = 0
  let pointed: string | undefined
  let chart: Chart | undefined
  let isInSight = false
  let range = live
  let past: Past | undefined

  const value = h('span', { class: 'fl-port__number' }, '–')
  const quality = h('span', { class: 'fl-port__quality' })
  const age = h('time', { class: 'fl-port__age' })
  const plot = h('div', { class: 'fl-chart', role: 'img', 'aria-label': `${name}, last ${range.name}` })
  const empty = h('p', { class: 'fl-chart-empty' })
  const figures = h('p', { class: 'fl-port__figures' }, blank)
  const unit = h('span', { class: 'fl-port__unit' }, isYesOrNo ? '' : port.unit)
  const element = h(
    'article',
    { class: 'fl-card fl-port', 'data-port': String(port.port) },
    h('header', { class: 'fl-port__head' }, h('h2', {}, name), quality),
    h('p', { class: 'fl-port__value' }, value, unit, age),
    h('div', { class: 'fl-chart-frame' }, plot, empty),
    figures,
  )
  // uPlot costs a canvas each: a logger with hundreds of ports makes only those that are looked at.
  const sight = new IntersectionObserver(
    (entries) => {
      isInSight = entries.some((entry) => entry.isIntersecting)
      if (!isInSight || chart !== undefined) return
      chart = createChart(plot, {
        isSwitch: isYesOrNo,
        onPoint(point) {
          pointed =
            point && `${momentOf(point.timeMs)} · ${withUnit(text(point.value), isYesOrNo ? '' : port.unit)}`
          showFigures()
        },
      })
    },
    { rootMargin: '200px' },
  )
  sight.observe(element)

  const momentOf = (timeMs: number): string =>
    range.bucket === undefined ? formatTime(timeMs) : formatMoment(timeMs, Date.now())
  const text = (number: number): string => formatValue(number, port, decimals)
  let summary = blank
  const showFigures = (): void => setText(figures, pointed ?? summary)

  return {
    element,
    window,
    latest(latest) {
      if (newest !== undefined && latest.ts < newest.ts) return
      newest = latest
      decimals = Math.max(decimals, decimalsOf(latest.value))
    },
    update(nowMs) {
      if (newest === undefined) return
      setText(value, text(newest.value))
      setText(quality, qualityName(newest.quality))
      setAttribute(quality, 'data-quality', newest.quality)
      setText(age, formatAgo(newest.ts, nowMs))
      setAttribute(age, 'title', nowMs - newest.ts > 60_000 ? formatExact(newest.ts) : undefined)
    },
    get isInSight() {
      return isInSight
    },
    isSwitch: isYesOrNo,
    show(chosen, line) {
      range = chosen
      past = line
    },
    draw(fromMs, toMs) {
      if (range === live) window.trim(fromMs)
      if (!isInSight) return
      const statistics = range === live ? window.statistics() : past
      setText(empty, statistics === undefined ? historyState() : '')
      summary = blank
      if (statistics !== undefined && !isYesOrNo) {
        const { min, max, average } = statistics
        decimals = Math.max(decimals, decimalsOf(min), decimalsOf(max))
        summary = `Lowest ${text(min)} · Average ${text(average)} · Highest ${text(max)}`
        setAttribute(plot, 'aria-label', `${name}, last ${range.name}. ${summary} ${port.unit}`)
      }
      showFigures()
      const line = range === live ? window : (past ?? nothing)
      setAttribute(plot, 'data-points', String(line.times.length))
      chart?.draw(line.times, line.values, fromMs, toMs)
    },
    destroy() {
      sight.disconnect()
      chart?.destroy()
    },
  }
}

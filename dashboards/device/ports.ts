import type { BucketView, LatestView, PortSettings, ReadingView } from '../shared/api-types.ts'
import { h, setAttribute, setChildren, setText } from '../shared/dom.ts'
import { readable } from '../shared/names.ts'
import { createPortCard, type PortCard } from './port-card.ts'
import { live, pastOf, type Range } from './ranges.ts'

export interface Ports {
  readonly element: HTMLElement
  settings(ports: readonly PortSettings[]): void
  latest(items: readonly LatestView[]): void
  reading(reading: ReadingView): void
  history(readings: readonly ReadingView[]): void
  historyState(text: string): void
  /** What the charts show from now on; nothing until it is there. */
  range(range: Range): void
  past(port: number, range: Range, buckets: readonly BucketView[]): void
  /** Those that somebody may be looking at. */
  inSight(): readonly number[]
  pause(isPaused: boolean): void
  update(nowMs: number): void
  draw(fromMs: number, toMs: number): void
  destroy(): void
}

/** A card for each port that has ever said something; the silent ones are only named. */
export function createPorts(): Ports {
  const cards = new Map<number, PortCard>()
  let known = new Map<number, PortSettings>()
  let emptyText = 'Loading…'
  let shownRange = live
  const grid = h('div', { class: 'fl-ports' })
  const silent = h('p', { class: 'fl-silent' })

  const cardOf = (port: number): PortCard => {
    const existing = cards.get(port)
    if (existing !== undefined) return existing
    const fallback = { port, name: `Port ${port}`, unit: '', scaling: 1, offset: 0 }
    const created = createPortCard(known.get(port) ?? fallback, () => emptyText)
    created.show(shownRange, undefined)
    cards.set(port, created)
    setChildren(
      grid,
      [...cards].sort(([a], [b]) => a - b).map(([, card]) => card.element),
    )
    nameSilent()
    return created
  }
  const nameSilent = (): void => {
    const names = [...known.values()].filter(({ port }) => !cards.has(port)).map(({ name }) => readable(name))
    setText(silent, names.length === 0 ? '' : `No readings yet: ${names.join(', ')}.`)
  }
  const latestOf = ({ ts, calibratedValue, quality }: ReadingView): [number, number, string] => [
    Date.parse(ts),
    calibratedValue,
    quality,
  ]

  return {
    element: h('div', {}, grid, silent),
    settings(ports) {
      known = new Map(ports.map((port) => [port.port, port]))
      nameSilent()
    },
    latest(items) {
      for (const item of items) {
        const [ts, value, quality] = latestOf(item)
        cardOf(item.port).latest({ ts, value, quality })
      }
    },
    reading(reading) {
      const card = cardOf(reading.port)
      const [ts, value, quality] = latestOf(reading)
      card.latest({ ts, value, quality })
      card.window.add(ts, value)
    },
    history(readings) {
      const points = Map.groupBy(readings, ({ port }) => port)
      for (const [port, items] of points) {
        cardOf(port).window.addAll(items.map((each) => [Date.parse(each.ts), each.calibratedValue]))
      }
    },
    historyState(text) {
      emptyText = text
    },
    range(range) {
      shownRange = range
      for (const card of cards.values()) card.show(range, undefined)
    },
    past(port, range, buckets) {
      const card = cards.get(port)
      card?.show(range, pastOf(buckets, card.isSwitch))
    },
    inSight: () => [...cards].filter(([, card]) => card.isInSight).map(([port]) => port),
    pause: (isPaused) => setAttribute(grid, 'data-paused', isPaused),
    update(nowMs) {
      for (const card of cards.values()) card.update(nowMs)
    },
    draw(fromMs, toMs) {
      for (const card of cards.values()) card.draw(fromMs, toMs)
    },
    destroy() {
      for (const card of cards.values()) card.destroy()
    },
  }
}

import type { OverviewView } from '../shared/api-types.ts'
import { h, setAttribute, setText } from '../shared/dom.ts'
import { formatMoment, formatNumber, formatRate } from '../shared/format.ts'
import { createSparkline } from './sparkline.ts'

export interface Tiles {
  readonly element: HTMLElement
  show(overview: OverviewView, nowMs: number): void
}

export interface TileTexts {
  readonly value: string
  readonly hint: string
  readonly isAlarming: boolean
}

/** Keeps a line's height until there is something to say. */
const blank = '\u00a0'
const names = ['online', 'offline', 'rate', 'readings', 'dead-letters'] as const
export type TileName = (typeof names)[number]

const labels: Readonly<Record<TileName, string>> = {
  online: 'Online',
  offline: 'Offline',
  rate: 'Messages per second',
  readings: 'Readings stored',
  'dead-letters': 'Dead letters',
}

export function tileTexts(overview: OverviewView, nowMs: number): Readonly<Record<TileName, TileTexts>> {
  const { devices, messagesPerSecond, readingsStored, readingsStoredSince, deadLettersOpen } = overview
  const offline = devices.total - devices.online
  const calm = { isAlarming: false }
  return {
    online: {
      value: formatNumber(devices.online, 0),
      hint: `of ${formatNumber(devices.total, 0)} ${devices.total === 1 ? 'device' : 'devices'}`,
      ...calm,
    },
    offline: {
      value: formatNumber(offline, 0),
      hint: offline === 0 ? 'all are online' : 'not heard from',
      isAlarming: offline > 0,
    },
    rate: { value: formatRate(messagesPerSecond), hint: 'average of the last minute', ...calm },
    readings: {
      value: formatNumber(readingsStored, 0),
      hint: `since ${formatMoment(Date.parse(readingsStoredSince), nowMs)}`,
      ...calm,
    },
    'dead-letters': {
      value: formatNumber(deadLettersOpen, 0),
      hint: deadLettersOpen === 0 ? 'nothing is waiting' : 'to look at',
      isAlarming: deadLettersOpen > 0,
    },
  }
}

/** The numbers at the top. Their boxes have their size before the numbers are there. */
export function createTiles(): Tiles {
  const sparkline = createSparkline()
  const tiles = names.map((name) => {
    const value = h('dd', { class: 'fl-tile__value fl-skeleton' }, '0')
    const hint = h('dd', { class: 'fl-tile__hint' }, blank)
    const element = h(
      'div',
      { class: 'fl-card fl-tile', 'data-tile': name },
      h('dt', {}, labels[name]),
      value,
      hint,
    )
    if (name === 'rate') element.append(sparkline.element)
    return { name, element, value, hint }
  })
  return {
    element: h('dl', { class: 'fl-tiles' }, ...tiles.map(({ element }) => element)),
    show(overview, nowMs) {
      const texts = tileTexts(overview, nowMs)
      for (const { name, element, value, hint } of tiles) {
        value.classList.remove('fl-skeleton')
        setText(value, texts[name].value)
        setText(hint, texts[name].hint)
        setAttribute(element, 'data-alarming', texts[name].isAlarming)
      }
      sparkline.push(overview.messagesPerSecond)
    },
  }
}

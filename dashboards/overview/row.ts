import { h, setAttribute, setText } from '../shared/dom.ts'
import { formatAgo, formatExact } from '../shared/format.ts'
import { formatValue, qualityName, readable, withUnit } from '../shared/names.ts'
import type { FleetDevice } from './fleet.ts'

export interface RowView {
  readonly element: HTMLElement
  update(device: FleetDevice, nowMs: number): void
}

/** One device in the table. It is made once and then only its texts change. */
export function createRow(device: FleetDevice, href: string): RowView {
  const pill = h('span', { class: 'fl-pill' })
  const seen = h('time', { class: 'fl-row__seen' })
  const ports = device.keyPorts.map((port) => {
    const text = h('dd', {}, '–')
    return { port, text, element: h('div', { class: 'fl-value' }, h('dt', {}, readable(port.name)), text) }
  })
  const element = h(
    'tr',
    { role: 'row', 'data-device': device.id },
    h(
      'th',
      { role: 'rowheader', scope: 'row', class: 'fl-row__name' },
      h('a', { href }, device.name),
      h('span', { class: 'fl-row__id' }, `${device.className} · ${device.id}`),
    ),
    h('td', { role: 'cell', class: 'fl-row__status' }, pill),
    h('td', { role: 'cell', class: 'fl-row__time' }, seen),
    h(
      'td',
      { role: 'cell', class: 'fl-row__values' },
      h('dl', { class: 'fl-values' }, ...ports.map((port) => port.element)),
    ),
  )
  return {
    element,
    update({ online, lastSeenMs, values }, nowMs) {
      setAttribute(pill, 'data-online', String(online))
      setText(pill, online ? 'Online' : 'Offline')
      setText(seen, lastSeenMs === null ? 'never' : formatAgo(lastSeenMs, nowMs))
      setAttribute(seen, 'datetime', lastSeenMs === null ? undefined : new Date(lastSeenMs).toISOString())
      // Every reading moves the exact time, and nobody reads it before pointing at it.
      if (lastSeenMs !== null && !online) setAttribute(seen, 'title', formatExact(lastSeenMs))
      else setAttribute(seen, 'title', undefined)
      for (const { port, text, element: item } of ports) {
        const latest = values.get(port.port)
        if (latest === undefined) continue
        setText(text, withUnit(formatValue(latest.value, port, latest.decimals), port.unit))
        const isGood = latest.quality === 'good'
        setAttribute(item, 'data-quality', latest.quality)
        setAttribute(item, 'title', isGood ? undefined : qualityName(latest.quality))
      }
    },
  }
}

export function skeletonRow(): HTMLElement {
  const bar = (width: string): HTMLElement =>
    h('span', { class: 'fl-skeleton', style: `width:${width}` }, '–')
  return h(
    'tr',
    { role: 'row', 'aria-hidden': 'true' },
    h(
      'th',
      { role: 'rowheader', class: 'fl-row__name' },
      bar('9em'),
      h('span', { class: 'fl-row__id' }, bar('14em')),
    ),
    h('td', { role: 'cell', class: 'fl-row__status' }, bar('5em')),
    h('td', { role: 'cell', class: 'fl-row__time' }, bar('4em')),
    h('td', { role: 'cell', class: 'fl-row__values' }, bar('16em')),
  )
}

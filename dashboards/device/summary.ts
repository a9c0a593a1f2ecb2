import type { DeviceView, StateEvent, StateView } from '../shared/api-types.ts'
import { h, setAttribute, setText } from '../shared/dom.ts'
import { formatAgo, formatExact } from '../shared/format.ts'
import { formatField, readable } from '../shared/names.ts'

export interface Summary {
  readonly element: HTMLElement
  device(device: DeviceView): void
  state(state: StateView | StateEvent): void
  /** Something was heard of the device just now. */
  seen(nowMs: number): void
  update(nowMs: number): void
}

/** What the device is, whether it is there, and what it says about itself. */
export function createSummary(): Summary {
  let lastSeenMs: number | null = null
  const name = h('h1', { class: 'fl-device__name', tabindex: '-1' })
  const pill = h('span', { class: 'fl-pill' })
  const kind = h('p', { class: 'fl-device__kind' })
  const seen = h('time', {})
  const facts = h('dl', { class: 'fl-facts' })
  const lastSeen = h('div', { class: 'fl-fact' }, h('dt', {}, 'Last seen'), h('dd', {}, seen))
  facts.append(lastSeen)

  const showReported = (reported: Readonly<Record<string, unknown>>): void => {
    const entries = Object.entries(reported).map(([field, value]) =>
      h('div', { class: 'fl-fact' }, h('dt', {}, readable(field)), h('dd', {}, formatField(value))),
    )
    facts.replaceChildren(lastSeen, ...entries)
  }
  return {
    element: h(
      'section',
      { class: 'fl-card fl-device', 'aria-label': 'State' },
      h('div', {}, h('div', { class: 'fl-device__title' }, name, pill), kind),
      facts,
    ),
    device(device) {
      setText(name, device.name)
      const serial = device.serialNumber === undefined ? [] : [`serial number ${device.serialNumber}`]
      const disabled = device.isEnabled ? [] : ['disabled']
      setText(kind, [readable(device.classKey), device.id, ...serial, ...disabled].join(' · '))
    },
    state({ online, lastSeen: iso, reported }) {
      setText(pill, online ? 'Online' : 'Offline')
      setAttribute(pill, 'data-online', String(online))
      if (iso !== null) lastSeenMs = Math.max(lastSeenMs ?? 0, Date.parse(iso))
      showReported(reported)
    },
    seen(nowMs) {
      lastSeenMs = Math.max(lastSeenMs ?? 0, nowMs)
    },
    update(nowMs) {
      setText(seen, lastSeenMs === null ? 'never' : formatAgo(lastSeenMs, nowMs))
      const isLongAgo = lastSeenMs !== null && nowMs - lastSeenMs > 60_000
      setAttribute(seen, 'title', isLongAgo && lastSeenMs !== null ? formatExact(lastSeenMs) : undefined)
    },
  }
}

import { h, setAttribute, setText } from '../shared/dom.ts'
import { formatNumber, plural } from '../shared/format.ts'
import { type FleetQuery, type FleetView, type StatusFilter, statuses } from './fleet-view.ts'

export interface Controls {
  readonly filters: HTMLElement
  readonly pager: HTMLElement
  show(view: FleetView, query: FleetQuery): void
}

const labels: Readonly<Record<StatusFilter, string>> = { all: 'All', online: 'Online', offline: 'Offline' }
const announceAfterMs = 600

/** Search, status filter and paging; they only say what is wanted. */
export function createControls(change: (part: Partial<FleetQuery>) => void): Controls {
  const search = h('input', {
    class: 'fl-input fl-search',
    type: 'search',
    placeholder: 'Search name, id, class or tag',
    'aria-label': 'Search devices',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  search.addEventListener('input', () => change({ search: search.value, page: 0 }))

  const buttons = statuses.map((status) => {
    const count = h('span', { class: 'fl-filter__count' }, '–')
    const button = h('button', { class: 'fl-filter', type: 'button' }, labels[status], count)
    button.addEventListener('click', () => change({ status, page: 0 }))
    return { status, button, count }
  })

  const range = h('span', { class: 'fl-pager__range' })
  const previous = h('button', { class: 'fl-button', type: 'button', hidden: true }, 'Previous')
  const next = h('button', { class: 'fl-button', type: 'button', hidden: true }, 'Next')
  let page = 0
  previous.addEventListener('click', () => change({ page: page - 1 }))
  next.addEventListener('click', () => change({ page: page + 1 }))

  const spoken = h('p', { class: 'fl-hidden', role: 'status' })
  let announcing: number | undefined
  let searched = ''
  // Said when typing has come to rest, and not for changes that nobody asked for.
  const announce = (view: FleetView, query: FleetQuery): void => {
    if (query.search === searched) return
    searched = query.search
    window.clearTimeout(announcing)
    announcing = window.setTimeout(
      () => setText(spoken, plural(view.matching, 'device matches', 'devices match')),
      announceAfterMs,
    )
  }

  return {
    filters: h(
      'div',
      { class: 'fl-filters' },
      search,
      h(
        'div',
        { class: 'fl-filter-group', role: 'group', 'aria-label': 'Status' },
        ...buttons.map((each) => each.button),
      ),
      spoken,
    ),
    pager: h('nav', { class: 'fl-pager', 'aria-label': 'Pages of devices' }, range, previous, next),
    show(view, query) {
      for (const { status, button, count } of buttons) {
        setAttribute(button, 'aria-pressed', String(status === query.status))
        setText(count, formatNumber(view.counts[status], 0))
      }
      page = view.page
      const to = view.from === 0 ? 0 : view.from + view.rows.length - 1
      const total = plural(view.matching, 'device', 'devices')
      setText(
        range,
        view.pages === 1 ? total : `${formatNumber(view.from, 0)}–${formatNumber(to, 0)} of ${total}`,
      )
      previous.disabled = view.page === 0
      next.disabled = view.page >= view.pages - 1
      setAttribute(previous, 'hidden', view.pages === 1)
      setAttribute(next, 'hidden', view.pages === 1)
      announce(view, query)
    },
  }
}

import { h, setAttribute, setChildren, setText } from '../shared/dom.ts'
import type { FleetDevice } from './fleet.ts'
import type { FleetQuery, FleetView, SortKey } from './fleet-view.ts'
import { createRow, type RowView, skeletonRow } from './row.ts'

export interface FleetTable {
  readonly element: HTMLElement
  show(view: FleetView, query: FleetQuery, nowMs: number): void
  /** Only what the rows say, not which they are. */
  refresh(nowMs: number): void
}

const columns: readonly (readonly [key: SortKey | undefined, label: string])[] = [
  ['name', 'Device'],
  ['status', 'Status'],
  ['last-seen', 'Last seen'],
  [undefined, 'Latest values'],
]
const skeletonRows = 6

/** The rows of one page; the rest of the fleet costs nothing here. */
export function createFleetTable(parts: {
  readonly hrefOf: (deviceId: string) => string
  readonly onSort: (key: SortKey) => void
}): FleetTable {
  const rows = new Map<string, RowView>()
  let shown: readonly FleetDevice[] = []
  const headers = columns.map(([key, label]) => {
    if (key === undefined) return { key, element: h('th', { scope: 'col', role: 'columnheader' }, label) }
    const button = h('button', { class: 'fl-sort', type: 'button' }, label)
    button.addEventListener('click', () => parts.onSort(key))
    return { key, element: h('th', { scope: 'col', role: 'columnheader' }, button) }
  })
  const body = h('tbody', { role: 'rowgroup' }, ...Array.from({ length: skeletonRows }, skeletonRow))
  const nothing = h('p', { class: 'fl-nothing', hidden: true }, 'No device matches.')
  // Roles again, because the phone's layout takes the table's own ones away.
  const table = h(
    'table',
    { class: 'fl-table', role: 'table', 'aria-busy': 'true' },
    h('caption', { class: 'fl-hidden' }, 'Devices with their status and latest values'),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...headers.map(({ element }) => element))),
    body,
  )

  const refresh = (nowMs: number): void => {
    for (const device of shown) rows.get(device.id)?.update(device, nowMs)
  }
  return {
    element: h('div', { class: 'fl-table-frame' }, table, nothing),
    refresh,
    show(view, query, nowMs) {
      const ids = new Set(view.rows.map(({ id }) => id))
      for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id)
      shown = view.rows
      for (const device of shown) {
        if (!rows.has(device.id)) rows.set(device.id, createRow(device, parts.hrefOf(device.id)))
      }
      refresh(nowMs)
      setChildren(
        body,
        shown.map(({ id }) => rows.get(id)?.element).filter((row) => row !== undefined),
      )
      setAttribute(nothing, 'hidden', view.matching > 0)
      setAttribute(table, 'aria-busy', undefined)
      for (const { key, element } of headers) {
        const order = query.descending ? 'descending' : 'ascending'
        setAttribute(element, 'aria-sort', key === query.sort ? order : undefined)
      }
      setText(nothing, query.search === '' ? 'No such device.' : `No device matches “${query.search}”.`)
    },
  }
}

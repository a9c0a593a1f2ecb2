import { Fleet } from '../overview/fleet.ts'
import { firstQuery, viewFleet } from '../overview/fleet-view.ts'
import type { DeviceView } from '../shared/api-types.ts'
import { h, setText } from '../shared/dom.ts'
import { plural } from '../shared/format.ts'

/** A native list: it searches by typing, and phones show their own. */
export function createDeviceSelect(
  devices: readonly DeviceView[],
  chosen: string,
  onChoice: (id: string) => void,
): HTMLElement {
  const fleet = new Fleet()
  fleet.replace(devices)
  const sorted = fleet.all().toSorted((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))
  const select = h('select', { class: 'fl-select fl-choice', 'aria-label': 'Device' })
  if (!sorted.some(({ id }) => id === chosen)) select.append(new Option('Choose a device', '', true, true))
  select.append(...sorted.map(({ id, name }) => new Option(name, id, false, id === chosen)))
  select.addEventListener('change', () => onChoice(select.value))
  return select
}

/** For the page without a device: the same search as on the overview, as a plain list of links. */
export function createDeviceList(
  devices: readonly DeviceView[],
  hrefOf: (id: string) => string,
): HTMLElement {
  const fleet = new Fleet()
  fleet.replace(devices)
  const search = h('input', {
    class: 'fl-input fl-search',
    type: 'search',
    placeholder: 'Search name, id, class or tag',
    'aria-label': 'Search devices',
    autocomplete: 'off',
  })
  const list = h('ul', { class: 'fl-list' })
  const more = h('p', { class: 'fl-list__more', role: 'status' })
  const show = (): void => {
    const { rows, matching } = viewFleet(fleet.all(), { ...firstQuery, search: search.value })
    list.replaceChildren(
      ...rows.map(({ id, name, className, online }) =>
        h(
          'li',
          {},
          h(
            'a',
            { href: hrefOf(id) },
            h('span', { class: 'fl-list__name' }, name),
            h('span', { class: 'fl-row__id' }, `${className} · ${id}`),
            h('span', { class: 'fl-pill', 'data-online': String(online) }, online ? 'Online' : 'Offline'),
          ),
        ),
      ),
    )
    const rest = matching - rows.length
    setText(
      more,
      matching === 0 ? 'No device matches.' : rest > 0 ? `and ${plural(rest, 'more', 'more')}` : '',
    )
  }
  search.addEventListener('input', show)
  show()
  return h(
    'section',
    { class: 'fl-card fl-chooser', 'aria-label': 'Choose a device' },
    h('h1', { class: 'fl-chooser__title' }, 'Choose a device'),
    search,
    list,
    more,
  )
}

import type { DeviceView } from '../shared/api-types.ts'
import { h } from '../shared/dom.ts'
import type { LiveStatus } from '../shared/live.ts'
import type { Page } from '../shared/page.ts'
import { failurePanel, panel } from '../shared/panel.ts'
import { repeat } from '../shared/schedule.ts'
import { createDeviceList, createDeviceSelect } from './chooser.ts'
import { type LiveDevice, showDevice } from './device-view.ts'

const listEveryMs = 60_000
const pageLimit = '1000'
const maxPages = 50

const deviceInAddress = (): string | undefined =>
  new URLSearchParams(location.search).get('device') ?? undefined

/** One device with its live charts, or the choice of one. The address says which: `/dashboard/device?device={id}`. */
export const devicePage: Page = ({ api, body, href, openLive, router, signal }) => {
  let devices: readonly DeviceView[] | undefined
  let shown: { readonly id: string; readonly view: LiveDevice; readonly end: AbortController } | undefined
  let status: LiveStatus = 'connecting'
  const choice = h('div', { class: 'fl-choice-place' })
  const head = h('div', { class: 'fl-device-nav' }, h('a', { href: href('overview') }, '← Overview'), choice)
  const place = h('div', {})
  body.replaceChildren(head, place)

  const live = openLive({
    onReading: (event) => event.deviceId === shown?.id && shown.view.reading(event),
    onState: (event) => event.deviceId === shown?.id && shown.view.state(event),
    onStatus(now) {
      status = now
      shown?.view.status(now)
    },
    onRefused: () => undefined,
  })

  function show(): void {
    const id = deviceInAddress()
    if (devices !== undefined) {
      choice.replaceChildren(
        createDeviceSelect(devices, id ?? '', (chosen) => router.push(href('device', chosen))),
      )
    }
    if (id !== undefined && id === shown?.id) return
    shown?.end.abort()
    shown = undefined
    live.watch(id === undefined ? [] : [id])
    if (id === undefined) {
      place.replaceChildren(list())
      return
    }
    place.replaceChildren(skeleton())
    const end = new AbortController()
    const view = showDevice({ id, api, body: place, signal: AbortSignal.any([signal, end.signal]) })
    view.status(status)
    shown = { id, view, end }
  }

  function list(): HTMLElement {
    if (devices === undefined) return skeleton()
    if (devices.length > 0) return createDeviceList(devices, (id) => href('device', id))
    return panel({
      kind: 'empty',
      title: 'No devices yet',
      text: 'Register the first one with POST /api/v1/devices, or let the simulator do it: npm run sim.',
    })
  }

  async function loadList(): Promise<void> {
    const answer = await api.all<DeviceView>('/devices', { limit: pageLimit }, maxPages)
    if (signal.aborted) return
    if (answer.kind === 'answered') {
      const isFirst = devices === undefined
      devices = answer.body
      // Later the list would be taken away from under the finger; the next visit has it new.
      if (isFirst) show()
    } else if (devices === undefined && shown === undefined) {
      place.replaceChildren(failurePanel(answer, () => reload()))
    }
  }

  signal.addEventListener('abort', () => shown?.end.abort())
  signal.addEventListener(
    'abort',
    router.afterEach(() => location.pathname.endsWith('/device') && show()),
  )
  show()
  const reload = repeat(loadList, listEveryMs, signal)
}

function skeleton(): HTMLElement {
  const bar = (style: string): HTMLElement => h('span', { class: 'fl-skeleton', style }, '–')
  const card = (): HTMLElement =>
    h(
      'div',
      { class: 'fl-card fl-port' },
      bar('width:40%'),
      bar('width:30%;height:34px'),
      bar('width:100%;height:150px'),
    )
  return h(
    'div',
    { 'aria-busy': 'true', 'aria-label': 'Loading' },
    h('div', { class: 'fl-card fl-device' }, h('div', {}, bar('width:12em;height:30px'))),
    h('div', { class: 'fl-ports' }, ...Array.from({ length: 6 }, card)),
  )
}

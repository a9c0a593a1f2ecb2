import type { DeviceView, LatestView, OverviewView } from '../shared/api-types.ts'
import type { Failure } from '../shared/api.ts'
import { h, setAttribute, setText } from '../shared/dom.ts'
import { formatMoment } from '../shared/format.ts'
import type { Page } from '../shared/page.ts'
import { failurePanel, panel } from '../shared/panel.ts'
import { inParallel, perFrame, repeat } from '../shared/schedule.ts'
import { createControls } from './controls.ts'
import { firstQuery, type FleetQuery, viewFleet } from './fleet-view.ts'
import { Fleet } from './fleet.ts'
import { createFleetTable } from './table.ts'
import { createTiles } from './tiles.ts'

const overviewEveryMs = 3000
/** The whole list; between times live events and the counts of the overview tell what has changed. */
const fleetEveryMs = 60_000
const fleetAtMostEveryMs = 5000
const timesEveryMs = 5000
const pageLimit = '1000'
const maxPages = 50
const latestAtOnce = 4

/** How the fleet is doing: a few numbers, and every device with its status and latest values. */
export const overviewPage: Page = ({ api, body, href, openLive, signal }) => {
  const fleet = new Fleet()
  let query: FleetQuery = firstQuery
  let visible: readonly string[] = []
  let isLoaded = false
  let fleetLoadedMs = 0
  let answeredMs: number | undefined

  const tiles = createTiles()
  const controls = createControls((part) => {
    query = { ...query, ...part }
    show()
  })
  const table = createFleetTable({
    hrefOf: (deviceId) => href('device', deviceId),
    onSort(key) {
      query = { ...query, sort: key, descending: query.sort === key && !query.descending, page: 0 }
      show()
    },
  })
  const notice = h('p', { class: 'fl-notice', role: 'status', hidden: true })
  const devices = h(
    'section',
    { class: 'fl-card fl-fleet', 'aria-label': 'Devices' },
    controls.filters,
    table.element,
    controls.pager,
  )
  const content = [h('h1', { class: 'fl-hidden' }, 'Overview'), notice, tiles.element, devices]
  body.replaceChildren(...content)

  const refresh = perFrame(() => table.refresh(api.nowMs()), signal)
  const live = openLive({
    onReading(event) {
      fleet.reading(event, api.nowMs())
      refresh()
    },
    onState(event) {
      fleet.state(event)
      show()
    },
    onStatus(status) {
      if (status !== 'live' || !isLoaded) return
      fleet.forgetLatest()
      reloadFleet()
      reloadOverview()
    },
    onRefused: () => reloadFleet(),
  })

  const show = perFrame(() => {
    if (!isLoaded) return
    const view = viewFleet(fleet.all(), query)
    controls.show(view, query)
    table.show(view, query, api.nowMs())
    visible = view.rows.map(({ id }) => id)
    live.watch(visible)
    void loadLatest()
  }, signal)

  async function loadLatest(): Promise<void> {
    const wanted = visible.filter((id) => fleet.get(id)?.hasLatest === false)
    for (const id of wanted) {
      const device = fleet.get(id)
      if (device !== undefined) device.hasLatest = true
    }
    await inParallel(wanted, latestAtOnce, async (id) => {
      const answer = await api.get<{ items: LatestView[] }>(`/devices/${encodeURIComponent(id)}/latest`)
      if (answer.kind === 'answered') fleet.latest(id, answer.body.items)
      refresh()
    })
  }

  async function loadFleet(): Promise<void> {
    const answer = await api.all<DeviceView>('/devices', { limit: pageLimit }, maxPages)
    if (signal.aborted) return
    if (answer.kind === 'failed') return fail(answer)
    fleet.replace(answer.body)
    fleetLoadedMs = api.nowMs()
    isLoaded = true
    if (fleet.size === 0) {
      body.replaceChildren(noDevices())
      return
    }
    if (!devices.isConnected) body.replaceChildren(...content)
    show()
  }

  async function loadOverview(): Promise<void> {
    const answer = await api.get<OverviewView>('/overview')
    if (signal.aborted) return
    if (answer.kind === 'failed') return fail(answer)
    answeredMs = api.nowMs()
    setAttribute(notice, 'hidden', true)
    tiles.show(answer.body, answeredMs)
    const { total, online } = answer.body.devices
    // A device out of sight came, went, was added or removed.
    const isOutdated = total !== fleet.size || online !== fleet.online
    const isDue = answeredMs - fleetLoadedMs > fleetAtMostEveryMs
    if (!isLoaded || (isOutdated && isDue) || (fleet.size > 0 && !devices.isConnected)) reloadFleet()
  }

  function fail(failure: Failure): void {
    if (!isLoaded || failure.reason === 'signed-out' || failure.reason === 'forbidden') {
      body.replaceChildren(
        failurePanel(failure, () => {
          reloadOverview()
          reloadFleet()
        }),
      )
      return
    }
    const since =
      answeredMs === undefined ? '' : ` The numbers are from ${formatMoment(answeredMs, api.nowMs())}.`
    setText(notice, `The platform does not answer, trying again.${since}`)
    setAttribute(notice, 'hidden', undefined)
  }

  const reloadFleet = repeat(loadFleet, fleetEveryMs, signal)
  const reloadOverview = repeat(loadOverview, overviewEveryMs, signal)
  const ticking = window.setInterval(refresh, timesEveryMs)
  signal.addEventListener('abort', () => window.clearInterval(ticking))
}

function noDevices(): HTMLElement {
  return panel({
    kind: 'empty',
    title: 'No devices yet',
    text: 'Register the first one with POST /api/v1/devices, or let the simulator do it: npm run sim.',
    action: h('a', { class: 'fl-button', href: '/api/v1/docs' }, 'Open the API’s documentation'),
  })
}

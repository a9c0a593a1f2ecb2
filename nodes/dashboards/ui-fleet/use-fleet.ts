import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue'
import { getLatest, getOverview, listDevices } from '../../../client/generated/operations.ts'
import { platform } from '../../../dashboards/kit/platform.ts'
import { inParallel, perFrame } from '../../../dashboards/kit/schedule.ts'
import { useLive } from '../../../dashboards/kit/use-live.ts'
import { platformNowMs } from '../../../dashboards/kit/use-now.ts'
import { type Query, useQuery } from '../../../dashboards/kit/use-query.ts'
import type { DeviceView } from '../../../dashboards/kit/views.ts'
import { Fleet } from './fleet.ts'

/** The whole list; between times live events and the counts of the overview tell what has changed. */
const everyMs = 60_000
const countsEveryMs = 3000
const atMostEveryMs = 5000
const pageLimit = 1000
const most = 50_000
const latestAtOnce = 4

export interface FleetSource {
  readonly fleet: Fleet
  /** Grows when the list or the states have changed. */
  readonly changed: ShallowRef<number>
  /** Grows with each frame in which a value in sight is another. */
  readonly moved: ShallowRef<number>
  readonly query: Query<number>
  /** Which devices somebody looks at: only those are followed. */
  readonly look: (deviceIds: readonly string[]) => void
}

/** The devices of a class or a tag, loaded page by page and kept up by live events. */
export function useFleet(about: () => { readonly classKey: string; readonly tag: string }): FleetSource {
  const fleet = new Fleet()
  const changed = shallowRef(0)
  const moved = shallowRef(0)
  const inSight = shallowRef<readonly string[]>([])
  const left = new AbortController()
  let loadedMs = 0
  onScopeDispose(() => left.abort())
  const change = perFrame(() => (changed.value += 1), left.signal)
  const move = perFrame(() => (moved.value += 1), left.signal)

  const query = useQuery(
    async ({ client }, signal) => {
      const { classKey, tag } = about()
      const views: DeviceView[] = []
      const asked = {
        limit: pageLimit,
        ...(classKey === '' ? {} : { classKey }),
        ...(tag === '' ? {} : { tag }),
      }
      for await (const { items } of client.pages(listDevices, { query: asked }, { signal })) {
        views.push(...items)
        // The first thousand can be looked at while the others come.
        if (fleet.size < views.length) showNow(views)
        if (views.length >= most) break
      }
      showNow(views)
      loadedMs = platformNowMs()
      return fleet.size
    },
    { everyMs, about },
  )
  function showNow(views: readonly DeviceView[]): void {
    fleet.replace(views)
    query.value.value ??= fleet.size
    changed.value += 1
  }

  const overview = useQuery(({ client }, signal) => client.call(getOverview, {}, { signal }), {
    everyMs: countsEveryMs,
  })
  watch(overview.value, (answer) => {
    const { classKey, tag } = about()
    if (answer === undefined || classKey !== '' || tag !== '' || loadedMs === 0) return
    // A device out of sight came, went, was added or removed.
    const isOutdated = answer.devices.total !== fleet.size || answer.devices.online !== fleet.online
    if (isOutdated && platformNowMs() - loadedMs > atMostEveryMs) query.reload()
  })

  async function loadLatest(): Promise<void> {
    const { connection } = platform
    if (connection === undefined) return
    const wanted = inSight.value.filter((id) => fleet.get(id)?.hasLatest === false)
    for (const id of wanted) {
      const device = fleet.get(id)
      if (device !== undefined) device.hasLatest = true
    }
    await inParallel(wanted, latestAtOnce, async (id) => {
      try {
        const { items } = await connection.client.call(getLatest, { params: { id } }, { signal: left.signal })
        fleet.latest(id, items)
      } catch {
        const device = fleet.get(id)
        if (device !== undefined) device.hasLatest = false
      }
      move()
    })
  }

  useLive(() => inSight.value, {
    onReading(event) {
      fleet.reading(event, platformNowMs())
      move()
    },
    onState(event) {
      fleet.state(event)
      change()
    },
    onResumed() {
      fleet.forgetLatest()
      void loadLatest()
    },
    onRefused: () => query.reload(),
  })
  return {
    fleet,
    changed,
    moved,
    query,
    look(deviceIds) {
      const isSame =
        deviceIds.length === inSight.value.length &&
        deviceIds.every((id, index) => id === inSight.value[index])
      if (!isSame) inSight.value = deviceIds
      void loadLatest()
    },
  }
}

import { computed, type ComputedRef, shallowReactive, shallowRef, watch } from 'vue'
import { getDevice, getLatest, listReadings } from '../../../client/generated/operations.ts'
import { CallFailed } from '../../../client/index.ts'
import { PortLine, type Reading } from './port-line.ts'
import { live, pastOf, type Range } from '../../../dashboards/chart/ranges.ts'
import { texts } from './texts.ts'
import { readable } from '../../../dashboards/kit/names.ts'
import { platform } from '../../../dashboards/kit/platform.ts'
import { useLive } from '../../../dashboards/kit/use-live.ts'
import { platformNowMs } from '../../../dashboards/kit/use-now.ts'
import { type Query, useQuery } from '../../../dashboards/kit/use-query.ts'
import type { DeviceView, ReadingEvent } from '../../../dashboards/kit/views.ts'

const settingsEveryMs = 60_000
/** How long what was loaded of the past is good for: its newest bucket grows. */
const pastEveryMs = 60_000
/** Of one device: more is more than a chart can show. */
const mostReadings = 60_000
/** Of all devices, while the page does not know them yet. */
const mostEarly = 10_000

export interface LinesAsked {
  readonly devices: ComputedRef<readonly string[]>
  readonly ports: ComputedRef<ReadonlySet<number> | undefined>
  readonly range: ComputedRef<Range>
}

export interface Lines {
  /** Of each port that has ever said something, by device and number. */
  readonly lines: ComputedRef<readonly PortLine[]>
  readonly query: Query<unknown>
  /** What stands where there is no line. */
  readonly emptyText: ComputedRef<string>
  /** Ports that have not said anything yet. */
  readonly silent: ComputedRef<readonly string[]>
  /** Loads the past of these where it is not there yet, or old; one after the other. */
  readonly want: (lines: readonly PortLine[]) => void
}

/** What a chart shows: the newest values, the last minutes with what comes live, or buckets of a longer range. */
export function useLines({ devices, ports, range }: LinesAsked): Lines {
  const known = shallowReactive(new Map<string, PortLine>())
  const views = shallowRef<readonly DeviceView[]>([])
  const hasFailed = shallowRef(false)
  /** What came live before the answer that tells of its device, and may be newer than it. */
  let early: ReadingEvent[] = []
  const isWanted = (port: number): boolean => ports.value?.has(port) ?? true

  function lineOf(deviceId: string, port: number): PortLine | undefined {
    const key = `${deviceId}\n${port}`
    const device = views.value.find(({ id }) => id === deviceId)
    if (!isWanted(port) || device === undefined) return undefined
    const fallback = { port, name: texts.port(port), unit: '', scaling: 1, offset: 0 }
    const settings = device.ports.find((each) => each.port === port) ?? fallback
    const line = known.get(key) ?? new PortLine(device, settings)
    known.set(key, line)
    return line
  }

  const query = useQuery(
    async ({ client }, signal) => {
      const answers = await Promise.all(
        devices.value.map(async (id) => {
          const [device, latest] = await Promise.all([
            client.call(getDevice, { params: { id } }, { signal }),
            client.call(getLatest, { params: { id } }, { signal }),
          ])
          return { device, latest }
        }),
      )
      views.value = answers.map(({ device }) => device)
      for (const { device, latest } of answers)
        for (const item of latest.items) lineOf(device.id, item.port)?.put(item)
      for (const event of early) lineOf(event.deviceId, event.port)?.put(event)
      early = []
      return answers.length
    },
    { everyMs: settingsEveryMs, about: () => devices.value.join('\n') },
  )
  const history = useQuery(
    ({ client }, signal) => {
      if (range.value !== live || query.value.value === undefined) return undefined
      const from = new Date(platformNowMs() - live.spanMs).toISOString()
      const [only] = ports.value?.size === 1 ? ports.value : []
      const asked = {
        from,
        order: 'descending' as const,
        limit: 10_000,
        ...(only === undefined ? {} : { port: only }),
      }
      const load = async (id: string): Promise<void> => {
        const items = await client.all(
          listReadings,
          { params: { id }, query: asked },
          { signal, most: mostReadings },
        )
        const readings = items.filter((item): item is Extract<typeof item, Reading> => 'port' in item)
        for (const [port, points] of Map.groupBy(readings, (item) => item.port))
          lineOf(id, port)?.putAll(points)
      }
      return Promise.all(devices.value.map(load))
    },
    { about: () => [range.value, query.value.value === undefined] },
  )
  watch(
    () => devices.value.join('\n'),
    () => {
      known.clear()
      early = []
    },
  )
  watch(range, () => {
    hasFailed.value = false
    for (const line of known.values()) {
      line.past.value = undefined
      line.pastMs = -Infinity
    }
  })
  useLive(() => devices.value, {
    onReading(event) {
      const line = lineOf(event.deviceId, event.port)
      if (line !== undefined) line.put(event)
      else if (isWanted(event.port) && early.length < mostEarly) early.push(event)
    },
  })

  let isLoading = false
  async function loadPast(wanted: readonly PortLine[], chosen: Range): Promise<void> {
    const { connection } = platform
    const { bucket, spanMs } = chosen
    if (bucket === undefined || connection === undefined) return
    isLoading = true
    for (const line of wanted) {
      const nowMs = platformNowMs()
      try {
        const asked = {
          port: line.settings.port,
          bucket,
          from: new Date(nowMs - spanMs).toISOString(),
          limit: 1000,
        }
        const answer = await connection.client.call(listReadings, {
          params: { id: line.deviceId },
          query: asked,
        })
        if (chosen !== range.value) break
        const buckets = answer.items.filter((item) => 'count' in item)
        line.past.value = pastOf(buckets, line.isSwitch)
        hasFailed.value = false
      } catch (error) {
        if (!(error instanceof CallFailed)) throw error
        hasFailed.value = true
      }
      line.pastMs = nowMs
    }
    isLoading = false
  }

  const lines = computed(() => {
    const order = new Map(devices.value.map((id, index) => [id, index]))
    return [...known.values()].toSorted(
      (a, b) =>
        (order.get(a.deviceId) ?? 0) - (order.get(b.deviceId) ?? 0) || a.settings.port - b.settings.port,
    )
  })
  return {
    lines,
    query,
    emptyText: computed(() => {
      if (hasFailed.value || history.failure.value !== undefined) return texts.failed
      const isLoaded = range.value !== live || history.value.value !== undefined
      return isLoaded ? texts.nothing : texts.loading
    }),
    silent: computed(() =>
      views.value.flatMap((device) =>
        device.ports
          .filter(({ port }) => isWanted(port) && !known.has(`${device.id}\n${port}`))
          .map(({ name }) => readable(name)),
      ),
    ),
    want(wanted) {
      const nowMs = platformNowMs()
      const due = wanted.filter(({ pastMs }) => nowMs - pastMs >= pastEveryMs)
      if (range.value !== live && !isLoading && due.length > 0) void loadPast(due, range.value)
    },
  }
}

import type {
  DeviceView,
  LatestView,
  ReadingEvent,
  ReadingView,
  StateEvent,
  StateView,
} from '../shared/api-types.ts'
import type { Api, Failure } from '../shared/api.ts'
import { h, setAttribute, setText } from '../shared/dom.ts'
import type { LiveStatus } from '../shared/live.ts'
import { failurePanel } from '../shared/panel.ts'
import { perFrame, repeat } from '../shared/schedule.ts'
import { createPast } from './past.ts'
import { createPorts } from './ports.ts'
import { createRangeChoice } from './range-choice.ts'
import { live, type Range } from './ranges.ts'
import { createSummary } from './summary.ts'

export interface DeviceViewParts {
  readonly id: string
  readonly api: Api
  readonly body: HTMLElement
  readonly signal: AbortSignal
}

export interface LiveDevice {
  reading(event: ReadingEvent): void
  state(event: StateEvent): void
  status(status: LiveStatus): void
}

/** How often a past range is asked for again: its newest bucket grows. */
const pastEveryMs = 60_000
const stateEveryMs = 30_000
const retryMs = 5000
/** Lines are drawn at most so often, numbers with every frame. */
const drawEveryMs = 500
const historyPages = 6
const noReadings = 'No readings in the last 15 minutes'
const paused = 'The connection is lost, so the charts are paused. They go on by themselves when it is back.'

/** One device: loads what there is, then follows what comes. */
export function showDevice({ id, api, body, signal }: DeviceViewParts): LiveDevice {
  const path = `/devices/${encodeURIComponent(id)}`
  const summary = createSummary()
  const ports = createPorts()
  const notice = h('p', { class: 'fl-notice', role: 'status', hidden: true })
  let range = live
  const choice = createRangeChoice((chosen) => choose(chosen))
  choice.show(range)
  const past = createPast({ path, api, ports, everyMs: pastEveryMs, signal })
  const content = [notice, summary.element, choice.element, ports.element]
  let isLoaded = false
  let needsHistory = true
  let isLost = false
  let drawnMs = 0

  const update = perFrame(() => {
    const nowMs = api.nowMs()
    summary.update(nowMs)
    ports.update(nowMs)
  }, signal)
  const draw = (): void => {
    const nowMs = api.nowMs()
    if (isLost || document.hidden || nowMs - drawnMs < drawEveryMs) return
    drawnMs = nowMs
    if (range !== live) past.want(nowMs)
    ports.draw(nowMs - range.spanMs, nowMs)
  }
  const drawNow = (): void => {
    drawnMs = 0
    draw()
  }

  function choose(chosen: Range): void {
    if (chosen === range) return
    range = chosen
    choice.show(range)
    ports.historyState(range === live ? noReadings : 'Loading…')
    past.range(range)
    // What was shown live is old by now, and has a gap.
    if (range === live) void loadHistory()
    drawNow()
  }

  async function load(): Promise<void> {
    const [device, state, latest] = await Promise.all([
      api.get<DeviceView>(path),
      api.get<StateView>(`${path}/state`),
      api.get<{ items: LatestView[] }>(`${path}/latest`),
    ])
    if (signal.aborted) return
    for (const answer of [device, state, latest]) if (answer.kind === 'failed') return fail(answer)
    if (device.kind === 'failed' || state.kind === 'failed' || latest.kind === 'failed') return
    summary.device(device.body)
    summary.state(state.body)
    ports.settings(device.body.ports)
    ports.latest(latest.body.items)
    isLoaded = true
    showNotice()
    if (!summary.element.isConnected) body.replaceChildren(...content)
    update()
    if (needsHistory) await loadHistory()
  }

  async function loadHistory(): Promise<void> {
    const from = new Date(api.nowMs() - live.spanMs).toISOString()
    const answer = await api.all<ReadingView>(
      `${path}/readings`,
      { from, order: 'descending', limit: '10000' },
      historyPages,
    )
    if (signal.aborted) return
    needsHistory = answer.kind === 'failed'
    if (range === live) ports.historyState(needsHistory ? 'Could not be loaded, trying again…' : noReadings)
    if (answer.kind === 'answered') ports.history(answer.body)
    drawNow()
  }

  function fail(failure: Failure): void {
    if (isLoaded && failure.reason !== 'signed-out' && failure.reason !== 'missing') {
      showNotice('The platform does not answer, trying again.')
    } else {
      isLoaded = false
      body.replaceChildren(failurePanel(failure, () => reload()))
    }
    if (failure.reason !== 'broken' && failure.reason !== 'unreachable') return
    const timer = window.setTimeout(() => reload(), retryMs)
    signal.addEventListener('abort', () => window.clearTimeout(timer))
  }

  function showNotice(text: string | undefined = isLost ? paused : undefined): void {
    setText(notice, text ?? '')
    setAttribute(notice, 'hidden', text === undefined)
  }

  const reload = repeat(load, stateEveryMs, signal)
  const drawing = window.setInterval(() => {
    draw()
    update()
  }, drawEveryMs)
  signal.addEventListener('abort', () => {
    window.clearInterval(drawing)
    ports.destroy()
  })

  return {
    reading(event) {
      summary.seen(api.nowMs())
      ports.reading(event)
      update()
    },
    state(event) {
      summary.state(event)
      update()
    },
    status(status) {
      const wasLost = isLost
      isLost = status === 'lost'
      ports.pause(isLost)
      if (isLoaded) showNotice()
      if (!wasLost || status !== 'live') return
      needsHistory = true
      reload()
    },
  }
}

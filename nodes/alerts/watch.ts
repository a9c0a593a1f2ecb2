import type { DeviceRecord } from '../devices/device.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { Ringing, Timers } from '../platform/kit/jobs/timers.ts'
import type { Clock } from '../platform/clock.ts'
import type { SeriesStore } from '../platform/series/port.ts'
import type { AlertChange, Alerts } from './alerts.ts'
import { catchUp } from './catch-up.ts'
import { afterStep, ClockSteps, notAhead } from './clock-steps.ts'
import type { CompiledRule } from './compile-rule.ts'
import { advance, closed, deadlineOf, evaluate, opened, type Step, type WatchedReading } from './evaluate.ts'
import { glance } from './glance.ts'
import { byArrival, recentReadings } from './recent-readings.ts'
import type { RuleSource } from './rule-book.ts'
import type { Transitions } from './transitions.ts'
import { type Plan, planFor, type Watcher, watchersOf } from './watch-plan.ts'
import { type WatchTimer, watchTimerId, watchTimerKind } from './watch-timer.ts'

export interface WatchParts {
  readonly alerts: Pick<Alerts, 'newestOf'>
  readonly clock: Pick<Clock, 'monotonicMs' | 'nowMs'>
  readonly directory: Pick<DeviceDirectory, 'lookup' | 'revision'>
  readonly series: Pick<SeriesStore, 'range'>
  readonly timers: Pick<Timers, 'set'>
  readonly transitions: Transitions
  /** Devices may be another instance's from one moment to the next: what is remembered counts for readings only. */
  readonly isShared: boolean
}

interface IncomingReading extends WatchedReading {
  readonly deviceId: string
}

/** A timer that rings within so much may be ringing already. */
const marginMs = 5000

/** Of one message, by when they were measured, whatever their order in it: so they stand in history too. */
function inOrder(readings: readonly IncomingReading[]): readonly IncomingReading[] {
  let before: IncomingReading | undefined
  for (const reading of readings) {
    if (before !== undefined && isBehind(before, reading)) return messagesOf(readings).flat()
    before = reading
  }
  return readings
}

const isBehind = (before: IncomingReading, reading: IncomingReading): boolean =>
  (reading.ts < before.ts || (reading.ts === before.ts && reading.port < before.port)) &&
  isOfOneMessage(before, reading)

function messagesOf(readings: readonly IncomingReading[]): readonly (readonly IncomingReading[])[] {
  const messages: IncomingReading[][] = []
  for (const reading of readings) {
    const message = messages.at(-1)
    const [first] = message ?? []
    if (first !== undefined && isOfOneMessage(first, reading)) message?.push(reading)
    else messages.push([reading])
  }
  for (const message of messages) message.sort(byArrival)
  return messages
}

const isOfOneMessage = (one: IncomingReading, other: IncomingReading): boolean =>
  one.deviceId === other.deviceId && one.ingestTs === other.ingestTs

/** Rules at work: what readings and time come to. */
export class AlertWatch {
  readonly #rules: RuleSource
  readonly #parts: WatchParts
  readonly #plans = new Map<string, Plan>()
  readonly #steps: ClockSteps
  readonly #stop: () => void

  constructor(rules: RuleSource, parts: WatchParts) {
    this.#rules = rules
    this.#parts = parts
    this.#steps = new ClockSteps(parts.clock)
    this.#stop = rules.onChange((before, after) => {
      this.#outdate(before)
      this.#outdate(after)
    })
  }

  /**
   * Judges a batch. Undefined when nothing follows; else it resolves when that is durable. A reading costs the rules that watch
   * its port, and one of a device that nobody watches nothing.
   */
  take(readings: readonly IncomingReading[]): Promise<void> | undefined {
    if (this.#rules.isEmpty) return undefined
    const nowMs = this.#parts.clock.nowMs()
    const waiting: Promise<void>[] = []
    this.#noticeClock(nowMs, waiting)
    let plan: Plan | undefined
    let deviceId: string | undefined
    for (const reading of inOrder(readings)) {
      if (reading.deviceId !== deviceId) {
        deviceId = reading.deviceId
        plan = this.#planOf(deviceId)
      }
      if (plan === undefined) continue
      if (plan.queue === undefined) this.#judge(plan, reading, nowMs, waiting)
      else {
        if (plan.ready !== undefined) waiting.push(plan.ready)
        plan.queue.push(reading)
      }
    }
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
  }

  /** Time has passed for a rule and a device. Resolves with when to look again. */
  async ring({
    data: { deviceId, ruleId },
    orgId,
  }: Pick<Ringing<WatchTimer>, 'data' | 'orgId'>): Promise<number | undefined> {
    const record = this.#parts.directory.lookup(deviceId)
    const rule = this.#rules.get(ruleId)
    if (record?.orgId !== orgId || rule === undefined || !this.#rules.rulesFor(record).includes(rule))
      return undefined
    await this.noticeClock()
    const now = { ts: -Infinity, wall: this.#parts.clock.nowMs() }
    if (this.#parts.isShared) {
      const [caught, missed] = await this.#fromHistory(record, rule, () => false)
      const [state, caused] = advance(caught, now, rule)
      await this.#parts.transitions.put(rule, record, [...missed, ...caused])
      return deadlineOf(state, rule)?.wall
    }
    const plan = this.#planOf(deviceId)
    await plan?.ready
    const watcher = plan?.watchers.find((each) => each.rule === rule)
    if (watcher?.state === undefined) return undefined
    const [state, caused] = advance(watcher.state, now, rule)
    watcher.state = state
    watcher.timerMs = deadlineOf(state, rule)?.wall
    if (caused.length > 0) await this.#parts.transitions.put(rule, record, caused)
    return watcher.timerMs
  }

  /** What somebody did to an alert, here or elsewhere. */
  heard({ deviceId, firedAtMs, isOpen, ruleId }: AlertChange): void {
    const watcher = this.#plans.get(deviceId)?.watchers.find(({ rule }) => rule.id === ruleId)
    if (watcher?.state === undefined) return
    watcher.state = isOpen ? opened(watcher.state, firedAtMs) : closed(watcher.state, firedAtMs)
  }

  /** Has timers ring in time though the clock was put back, and not before though it was put forward. */
  async noticeClock(): Promise<void> {
    const waiting: Promise<void>[] = []
    this.#noticeClock(this.#parts.clock.nowMs(), waiting)
    await Promise.all(waiting)
  }

  /** Everything is worked out anew when it is asked for next. */
  forget(): void {
    this.#plans.clear()
  }

  stop(): void {
    this.#stop()
  }

  #noticeClock(nowMs: number, waiting: Promise<void>[]): void {
    const byMs = this.#steps.take()
    if (byMs === 0) return
    for (const { record, watchers } of this.#plans.values())
      for (const watcher of watchers) {
        if (watcher.state === undefined) continue
        watcher.state = afterStep(watcher.state, byMs)
        watcher.timerMs = undefined
        this.#arm(record, watcher, nowMs, waiting)
      }
  }

  #judge(plan: Plan, reading: WatchedReading, nowMs: number, waiting: Promise<void>[]): void {
    for (const watcher of watchersOf(plan, reading.port)) {
      const { rule, state } = watcher
      if (state === undefined || glance(state, reading, rule)) continue
      const [next, transitions] = evaluate(state, reading, rule)
      if (next === state) continue
      watcher.state = next
      if (transitions.length > 0) waiting.push(this.#parts.transitions.put(rule, plan.record, transitions))
      if (rule.isTimed) this.#arm(plan.record, watcher, nowMs, waiting)
    }
  }

  /** There is one timer, which rings early rather than being moved with every reading. */
  #arm({ device, orgId }: DeviceRecord, watcher: Watcher, nowMs: number, waiting: Promise<void>[]): void {
    const { rule, state, timerMs } = watcher
    const due = state === undefined ? undefined : deadlineOf(state, rule)
    if (due === undefined) return
    if (timerMs !== undefined && timerMs <= due.wall && timerMs > nowMs + marginMs) return
    watcher.timerMs = due.wall
    const data = { ruleId: rule.id, deviceId: device.id }
    waiting.push(
      this.#parts.transitions.persist(() =>
        this.#parts.timers.set(watchTimerKind, { orgId, id: watchTimerId(data), dueAtMs: due.wall, data }),
      ),
    )
  }

  #planOf(deviceId: string): Plan | undefined {
    const known = this.#plans.get(deviceId)
    const { directory } = this.#parts
    const { revision } = directory
    if (known !== undefined && !known.isStale && known.revision === revision) return known
    const record = directory.lookup(deviceId)
    if (known !== undefined && !known.isStale && known.record === record) {
      known.revision = revision
      return known
    }
    if (record === undefined) {
      this.#plans.delete(deviceId)
      return undefined
    }
    if (known?.queue !== undefined) return known
    const plan = planFor(record, this.#rules.rulesFor(record), revision, known)
    this.#plans.set(deviceId, plan)
    if (plan.watchers.some(({ state }) => state === undefined)) {
      plan.queue = []
      plan.ready = this.#warm(plan)
    }
    return plan
  }

  /** Works out what is not known, then what came meanwhile. */
  async #warm(plan: Plan): Promise<void> {
    const { record, watchers } = plan
    const isQueued = (port: number, ts: number): boolean =>
      plan.queue?.some((reading) => reading.port === port && reading.ts === ts) === true
    const waiting: Promise<void>[] = []
    for (const watcher of watchers) {
      if (watcher.state !== undefined) continue
      await this.#parts.transitions.persist(async () => {
        const [state, missed] = await this.#fromHistory(record, watcher.rule, isQueued)
        watcher.state = state
        if (missed.length > 0) waiting.push(this.#parts.transitions.put(watcher.rule, record, missed))
      })
    }
    const queue = plan.queue ?? []
    plan.queue = undefined
    plan.ready = undefined
    const nowMs = this.#parts.clock.nowMs()
    for (const reading of queue) this.#judge(plan, reading, nowMs, waiting)
    for (const watcher of watchers) if (watcher.rule.isTimed) this.#arm(record, watcher, nowMs, waiting)
    await Promise.all(waiting)
  }

  async #fromHistory(
    record: DeviceRecord,
    rule: CompiledRule,
    isPending: (port: number, ts: number) => boolean,
  ): Promise<Step> {
    const { alerts, clock, series } = this.#parts
    const { device, orgId } = record
    const last = await alerts.newestOf(orgId, rule.id, device.id)
    const readings = await recentReadings(series, {
      orgId,
      deviceId: device.id,
      rule,
      nowMs: clock.nowMs(),
      isPending,
    })
    const [state, transitions] = catchUp({ rule, record, last, readings })
    return [notAhead(state, clock.nowMs()), transitions]
  }

  #outdate(rule: CompiledRule | undefined): void {
    if (rule === undefined) return
    const { deviceId } = rule.rule.scope
    const plans = deviceId === undefined ? this.#plans.values() : [this.#plans.get(deviceId)]
    for (const plan of plans) if (plan !== undefined && plan.record.orgId === rule.orgId) plan.isStale = true
  }
}

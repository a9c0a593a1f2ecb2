import type { StoreDeviceDirectory } from '../devices/directory.ts'
import type { TimerKind } from '../platform/kit/jobs/timers.ts'
import { repeat } from '../platform/kit/repeat.ts'
import type { Platform } from '../platform/platform.ts'
import { ingestionGroup } from '../telemetry/uplink/config.ts'
import { uplinkStream } from '../telemetry/uplink-intake.ts'
import { Alerts } from './alerts.ts'
import { armingTimer, watchSoon } from './arm-timer.ts'
import { Maintenance } from './maintenance.ts'
import type { Rule, RuleBody } from './rule.ts'
import { type RuleSource, SingleRule } from './rule-book.ts'
import { Rules } from './rules.ts'
import { Transitions } from './transitions.ts'
import { type Period, type Tried, tryRule } from './try-rule.ts'
import { AlertWatch } from './watch.ts'
import { type WatchTimer, watchTimerKind } from './watch-timer.ts'

export interface AlertingParts extends Pick<
  Platform,
  'bus' | 'clock' | 'live' | 'log' | 'pulse' | 'relay' | 'secrets' | 'series' | 'store' | 'stream' | 'timers'
> {
  readonly directory: StoreDeviceDirectory
}

/** What nodes and operations of alerts work with. */
export interface Alerting {
  readonly alerts: Alerts
  readonly rules: Rules
  readonly maintenance: Maintenance
  /** The organizations' rules at work. */
  readonly watch: AlertWatch
  /** A rule that a flow has of its own, at work until it is closed. */
  openWatch(rule: Rule): { readonly watch: AlertWatch; readonly close: () => void }
  tryRule(orgId: string, body: RuleBody, period: Period): Promise<Tried>
  readonly counts: { fired: number }
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind has data of its own
  readonly timers: readonly TimerKind<any>[]
  settle(): Promise<void>
  stop(): Promise<void>
}

/** Readings that wait may say otherwise: time alone does not judge while there are more of them. */
const maxLag = 1000
const lookAgainMs = 1000
/** Partitions move for so long after an instance came or went; what is remembered meanwhile is not trusted. */
const movingMs = 60_000
/** For instances that came or went, and for a clock that was put right. */
const lookAroundEveryMs = 5000

export async function openAlerting(parts: AlertingParts): Promise<Alerting> {
  const { bus, clock, directory, log: rootLog, pulse, stream } = parts
  const log = rootLog.child({ part: 'alerts' })
  const counts = { fired: 0 }
  const alerts = new Alerts(parts)
  const rules = await Rules.open({ ...parts, alerts, log })
  const { book } = rules
  const maintenance = new Maintenance(parts)
  const transitions = new Transitions({
    alerts,
    clock,
    log,
    random: Math.random,
    suppressedUntilMs: (orgId, record) => maintenance.untilMs(orgId, record),
  })
  const watchParts = { ...parts, alerts, transitions, isShared: pulse !== undefined }
  const openWatches = new Map<string, AlertWatch>()
  const open = (source: RuleSource): AlertWatch => new AlertWatch(source, watchParts)
  const watch = open(book)
  const allWatches = (): readonly AlertWatch[] => [watch, ...openWatches.values()]
  const forget = (): void => {
    for (const each of allWatches()) each.forget()
  }

  const watchTimer: TimerKind<WatchTimer> = {
    ...watchTimerKind,
    async ring(ringing) {
      if ((await stream.lag(uplinkStream, ingestionGroup)) > maxLag) return clock.nowMs() + lookAgainMs
      return (openWatches.get(ringing.data.ruleId) ?? watch).ring(ringing)
    },
  }
  let others = bus.others().join(' ')
  let movingUntilMs = -Infinity
  const inBackground = (task: Promise<void>, failure: string): void =>
    void task.catch((error: unknown) => log.warn({ err: error }, failure))
  const stops = [
    alerts.onOpenOrEnd((change) => {
      for (const each of allWatches()) each.heard(change)
    }),
    alerts.onChange((_, __, events) => {
      if (events.some(({ type }) => type === 'AlertFired')) counts.fired += 1
    }),
    bus.onGap(forget),
    directory.onChange((before, after) => {
      if (before === undefined && after !== undefined)
        for (const rule of book.rulesFor(after))
          if (rule.isTimed)
            inBackground(
              watchSoon(parts, after.orgId, rule.id, after.device.id),
              'a device could not be taken under watch',
            )
      if (before !== undefined && after === undefined)
        inBackground(
          alerts.resolveAll(before.orgId, { deviceId: before.device.id }, 'the device was removed'),
          'alerts of a device that was removed could not be ended',
        )
    }),
    repeat(clock, lookAroundEveryMs, () => {
      for (const each of allWatches()) inBackground(each.noticeClock(), 'timers could not be put right')
      if (pulse === undefined) return
      const now = bus.others().join(' ')
      if (now !== others) movingUntilMs = clock.monotonicMs() + movingMs
      others = now
      if (clock.monotonicMs() < movingUntilMs) forget()
    }),
  ]
  return {
    alerts,
    rules,
    maintenance,
    watch,
    counts,
    openWatch(rule) {
      const own = open(new SingleRule(rule))
      openWatches.set(rule.id, own)
      return {
        watch: own,
        close: () => {
          own.stop()
          openWatches.delete(rule.id)
        },
      }
    },
    tryRule: (orgId, body, period) => tryRule(parts, orgId, body, period),
    timers: [watchTimer, armingTimer({ ...parts, book }), alerts.silenceTimer, alerts.escalationTimer],
    settle: () => transitions.whenIdle(),
    async stop() {
      for (const stop of stops) stop()
      transitions.stop()
      watch.stop()
      await rules.stop()
      await transitions.whenIdle()
    },
  }
}

import type { Metrics, SecondsHistogram } from '../platform/metrics.ts'
import type { NewEntry } from '../platform/stream/port.ts'
import { type Counts, noCounts } from './counts.ts'
import { UplinkIntake } from './uplink-intake.ts'

export interface Append {
  readonly entries: readonly NewEntry[]
  resolve(): void
  reject(error: Error): void
}

export interface IntakeUnderTest {
  readonly intake: UplinkIntake
  /** In order; each stays open until the test settles it. */
  readonly appends: readonly Append[]
  readonly clock: { wallMs: number; monotonic: number }
  readonly metrics: TestMetrics
  readonly counts: Counts
  /** Timers that are running. */
  readonly timers: number
  /** The end of a turn of the event loop, and quiet ones after it: what was deferred runs, and what that defers. */
  endTurn(): Promise<void>
  /** The end of one turn. */
  runDeferredOnce(): Promise<void>
  /** Lets so much time pass for timers. */
  pass(ms: number): void
}

/** Promise reactions that follow from what was done have run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class Observations implements SecondsHistogram {
  readonly seconds: number[] = []

  observe(seconds: number): void {
    this.seconds.push(seconds)
  }
}

export interface TestMetrics extends Metrics {
  readonly readingAge: Observations
  readonly appendDuration: Observations
}

export const testMetrics = (): TestMetrics => ({
  readingAge: new Observations(),
  appendDuration: new Observations(),
  registerNode: () => () => undefined,
})

/** An intake in virtual time over a stream whose appends the test settles. */
export function intakeUnderTest({ maxLag = 100, maxHoldMs = 5, lingerMs = 0 } = {}): IntakeUnderTest {
  const appends: Append[] = []
  const clock = { wallMs: 0, monotonic: 0 }
  const metrics = testMetrics()
  const counts = noCounts()
  let deferred: (() => void)[] = []
  let passedMs = 0
  const timers = new Set<{ readonly dueMs: number; readonly task: () => void }>()
  const intake = new UplinkIntake({
    conceal: (_, data) => data,
    stream: {
      append: (_, entries) =>
        new Promise<void>((resolve, reject) => {
          appends.push({ entries, resolve, reject })
        }),
    },
    clock: {
      nowMs: () => clock.wallMs,
      monotonicMs: () => clock.monotonic,
      reckoning: () => ({ machine: 'virtual', aheadMs: clock.wallMs - clock.monotonic }),
      after: (ms, task) => {
        const timer = { dueMs: passedMs + ms, task }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    metrics,
    counts,
    defer: (task) => deferred.push(task),
    maxLag,
    maxHoldMs,
    lingerMs,
  })
  const runDeferredOnce = async (): Promise<void> => {
    const tasks = deferred
    deferred = []
    for (const task of tasks) task()
    await settled()
  }
  return {
    intake,
    appends,
    runDeferredOnce,
    clock,
    metrics,
    counts,
    get timers() {
      return timers.size
    },
    async endTurn() {
      while (deferred.length > 0) await runDeferredOnce()
    },
    pass(ms) {
      passedMs += ms
      clock.monotonic += ms
      for (const timer of timers) {
        if (timer.dueMs > passedMs) continue
        timers.delete(timer)
        timer.task()
      }
    },
  }
}

import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { DeviceRecord } from '../devices/device.ts'
import { openTimers } from '../platform/kit/jobs/timers.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { silentLogger } from '../platform/logger.ts'
import type { RangeQuery, SeriesPoint } from '../platform/series/port.ts'
import { Alerts } from './alerts.ts'
import { aRule } from './rule.fixture.ts'
import { RuleBook } from './rule-book.ts'
import { Transitions } from './transitions.ts'
import { AlertWatch } from './watch.ts'
import { watchTimerKind } from './watch-timer.ts'

const startMs = Date.parse('2026-01-05T06:00:00Z')
const world = useInstances(startMs)
const record = aRecord(aClass(), aDevice({ createdAt: new Date(startMs).toISOString() }))

type Stored = SeriesPoint & { readonly port: number; readonly orgId: string; readonly deviceId: string }
/** What `store` has stored, over all lives. */
let series: Stored[]
let book: RuleBook
let changes: number

beforeEach(() => {
  series = []
  book = new RuleBook()
  changes = 0
})

const put = (body: object = {}, sinceMs = world.clock.nowMs(), id = 'r1'): void =>
  book.put('acme', { ...aRule(body, id), sinceMs, changedAtMs: (changes += 1) })

interface Life {
  readonly watch: AlertWatch
  /** Measured now; resolves when what follows is durable. */
  readonly read: (value: number, port?: number, deviceId?: string) => Promise<void>
  readonly seen: () => Promise<readonly string[]>
  readonly alerts: Alerts
}

function live(name: string, isShared = false): Life {
  const { clock, jobs, relay, store } = world.open(name)
  const timers = openTimers({ jobs, store })
  const bus = new MemoryHub().open(name)
  const liveChannel = { hasWatchers: () => false, isWatched: () => false, publish: () => undefined }
  const alerts = new Alerts({ bus, clock, live: liveChannel, relay, store, timers })
  const transitions = new Transitions({
    alerts,
    clock,
    log: silentLogger,
    random: () => 1,
    suppressedUntilMs: () => Promise.resolve(null),
  })
  const directory = {
    revision: 0,
    lookup: (id: string): DeviceRecord | undefined => (id === 'd1' ? record : undefined),
  }
  const range = (query: RangeQuery): Promise<ReturnType<typeof ranged>> => Promise.resolve(ranged(query))
  const watch = new AlertWatch(book, {
    alerts,
    clock,
    directory,
    series: { range },
    timers,
    transitions,
    isShared,
  })
  alerts.onOpenOrEnd((change) => watch.heard(change))
  timers.start([{ ...watchTimerKind, ring: (ringing) => watch.ring(ringing) }])
  return {
    watch,
    alerts,
    read(value, port = 1, deviceId = 'd1') {
      const ts = clock.nowMs()
      const reading: Stored = {
        orgId: 'acme',
        deviceId,
        port,
        ts,
        ingestTs: ts,
        rawValue: value,
        calibratedValue: value,
        quality: 'good',
      }
      series.push(reading)
      return watch.take([reading]) ?? Promise.resolve()
    },
    async seen() {
      const { items } = await alerts.list('acme', { limit: 100 })
      return items
        .map(
          ({ document: { firedAtMs, status, value } }) =>
            `${(firedAtMs - startMs) / 1000}s ${value} ${status}`,
        )
        .toReversed()
    },
  }
}

function ranged({ deviceId, direction, fromMs, port, toMs }: RangeQuery): {
  readonly items: readonly Stored[]
} {
  const found = series.filter(
    (each) =>
      each.deviceId === deviceId &&
      (port === undefined || each.port === port) &&
      each.ts >= fromMs &&
      each.ts < toMs,
  )
  found.sort((a, b) => a.ts - b.ts)
  return { items: direction === 'descending' ? found.toReversed() : found }
}

describe('rules at work', () => {
  test('open and end alerts with readings', async () => {
    put()
    const { read, seen } = live('a')
    await read(31)
    await world.clock.pass(1000)
    await read(32)
    expect(await seen()).toEqual(['0s 31 firing'])
    await world.clock.pass(1000)
    await read(30)
    expect(await seen()).toEqual(['0s 31 resolved'])
  })

  test('ask nothing of a device that nobody watches, and of a port that nobody does', async () => {
    const { read, seen, watch } = live('a')
    expect(watch.take([])).toBeUndefined()
    put()
    await read(99, 1, 'somebody-else')
    await read(99, 2)
    expect(await seen()).toEqual([])
  })

  test('take the readings of one message by their time, whatever their order in it', async () => {
    put({ occurrences: { count: 2, withinMs: 60_000 } })
    const { seen, watch } = live('a')
    await watch.take([])
    const ts = startMs + 1000
    const reading = (ms: number, calibratedValue: number) => ({
      deviceId: 'd1',
      port: 1,
      ts: ts - ms,
      ingestTs: ts,
      calibratedValue,
    })
    await watch.take([reading(0, 32), reading(500, 31)])
    expect(await seen()).toEqual(['1s 32 firing'])
  })

  test('change from one reading to the next', async () => {
    const { read, seen } = live('a')
    await read(31)
    await world.clock.pass(500)
    put()
    await world.clock.pass(500)
    await read(32)
    put({ condition: { kind: 'above', port: 1, value: 50 } })
    await world.clock.pass(1000)
    await read(33)
    expect(await seen()).toEqual(['1s 32 resolved'])
    put({ isEnabled: false })
    await world.clock.pass(1000)
    await read(99)
    expect(await seen()).toHaveLength(1)
  })

  test('fire once though the process that had seen it all is gone, and go on from there', async () => {
    put({ condition: { kind: 'above', port: 1, value: 30, clearAt: 20 } })
    const first = live('a')
    await first.read(31)
    const second = live('b')
    await world.clock.pass(1000)
    await second.read(25)
    expect(await second.seen()).toEqual(['0s 31 firing'])
    await world.clock.pass(1000)
    await second.read(20)
    expect(await second.seen()).toEqual(['0s 31 resolved'])
  })

  test('find what was stored and not judged when a process died', async () => {
    put({}, startMs - 60_000)
    const ts = startMs - 1000
    series.push({
      orgId: 'acme',
      deviceId: 'd1',
      port: 1,
      ts,
      ingestTs: ts,
      rawValue: 40,
      calibratedValue: 40,
      quality: 'good',
    })
    const { read, seen } = live('a')
    await read(5)
    expect(await seen()).toEqual(['-1s 40 resolved'])
  })

  test.each([false, true])('fire by time alone, over a restart (shared: %s)', async (isShared) => {
    put({ sustainedForMs: 60_000 })
    const first = live('a', isShared)
    await first.read(31)
    await world.clock.pass(30_000)
    const second = live('b', isShared)
    await world.clock.pass(29_000)
    expect(await second.seen()).toEqual([])
    await world.clock.pass(2000)
    expect(await second.seen()).toEqual(['60s 31 firing'])
    await second.read(5)
    expect(await second.seen()).toEqual(['60s 31 resolved'])
  })

  test('say when nothing comes, with a timer that rings as seldom as it may', async () => {
    put({ condition: { kind: 'no-data', port: 1, forMs: 60_000 } })
    const { read, seen } = live('a')
    for (let n = 0; n < 20; n += 1) {
      await read(5)
      await world.clock.pass(10_000)
    }
    expect(await seen()).toEqual([])
    await world.clock.pass(60_000)
    expect(await seen()).toEqual(['250s null firing'])
    await read(5)
    expect(await seen()).toEqual(['250s null resolved'])
  })

  test.each([3_600_000, -3_600_000])(
    'time goes on as it does, though the clock is put by %i ms',
    async (byMs) => {
      put({ condition: { kind: 'no-data', port: 1, forMs: 60_000 } })
      const condition = { kind: 'above', port: 2, value: 30 }
      put({ condition, sustainedForMs: 50_000 }, world.clock.nowMs(), 'warm')
      const { read, seen, watch } = live('a')
      await read(5)
      await read(31, 2)
      await world.clock.pass(30_000)
      world.clock.turnTo(world.clock.nowMs() + byMs)
      await watch.noticeClock()
      await world.clock.pass(19_000)
      expect(await seen()).toEqual([])
      await world.clock.pass(2000)
      expect(await seen()).toEqual(['50s 31 firing'])
      await world.clock.pass(10_000)
      expect(await seen()).toEqual(['50s 31 firing', '60s null firing'])
      // Back where it was: neither fires again.
      world.clock.turnTo(world.clock.nowMs() - byMs)
      await watch.noticeClock()
      await world.clock.pass(600_000)
      expect(await seen()).toEqual(['50s 31 firing', '60s null firing'])
    },
  )

  test('a process that begins after the clock was put back waits no longer than a rule says', async () => {
    put({ condition: { kind: 'no-data', port: 1, forMs: 60_000 } })
    const first = live('a')
    await first.read(5)
    world.clock.turnTo(world.clock.nowMs() - 3_600_000)
    const second = live('b')
    // Of another port: it says nothing of the one that is silent, but has somebody look.
    await second.read(1, 2)
    await world.clock.pass(62_000)
    expect(await second.seen()).toEqual(['60s null firing'])
  })

  test('open a new one when somebody has resolved it and it still violates', async () => {
    put()
    const { alerts, read, seen } = live('a')
    await read(31)
    const [open] = (await alerts.list('acme', { limit: 1 })).items
    await alerts.resolve('acme', open?.document.id ?? '', { by: { kind: 'user', id: 'ada' } })
    await world.clock.pass(1000)
    await read(32)
    expect(await seen()).toEqual(['0s 31 resolved', '1s 32 firing'])
  })
})

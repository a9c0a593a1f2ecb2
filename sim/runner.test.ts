import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from './connection.ts'
import { createCounts } from './counts.ts'
import { createDevice, type ClassKey } from './devices/catalogue.ts'
import { command } from './devices/given.fixture.ts'
import { NO_FAULTS, type FaultPlan } from './fault-plan.ts'
import { createRandom } from './random.ts'
import { createRunner } from './runner.ts'

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2025-09-06T12:00:00Z') }))
afterEach(() => vi.useRealTimers())

function start(classKey: ClassKey, faults: FaultPlan = NO_FAULTS, intervalMs = 2_000, jitterMs = 0) {
  const sent: { topic: string; atMs: number }[] = []
  const drops: number[] = []
  const wire = { connected: true, waiting: 0 }
  const connection: Connection = {
    get connected() {
      return wire.connected
    },
    get waiting() {
      return wire.waiting
    },
    publish: (topic) => sent.push({ topic, atMs: Date.now() }),
    drop: (forMs) => drops.push(forMs),
    close: () => Promise.resolve(),
  }
  const counts = createCounts(1)
  const runner = createRunner({
    device: createDevice(classKey, { deviceId: 'd', orgId: 'o' }, createRandom('device')),
    connection,
    faults,
    intervalMs,
    jitterMs,
    faultRandom: createRandom('faults'),
    timeRandom: createRandom('time'),
    counts,
  })
  runner.connected()
  const topics = () => sent.map(({ topic }) => topic.split('/').at(-1))
  return { runner, sent, drops, wire, counts, topics }
}

describe('a running device', () => {
  it('reports at once, then at its rate from a moment of its own', () => {
    const { sent } = start('air-purifier')
    expect(sent).toHaveLength(1)
    vi.advanceTimersByTime(20_000)
    expect(sent).toHaveLength(11)
    const gaps = sent.slice(2).map(({ atMs }, index) => atMs - (sent[index + 1]?.atMs ?? 0))
    for (const gap of gaps) expect(Math.abs(gap - 2_000)).toBeLessThanOrEqual(1)
  })

  it('varies the interval by no more than the jitter', () => {
    const { sent } = start('air-purifier', NO_FAULTS, 120_000, 5_000)
    vi.advanceTimersByTime(3_600_000)
    const gaps = sent.slice(2).map(({ atMs }, index) => atMs - (sent[index + 1]?.atMs ?? 0))
    expect(new Set(gaps).size).toBeGreaterThan(5)
    for (const gap of gaps) expect(Math.abs(gap - 120_000)).toBeLessThanOrEqual(5_001)
  })

  it('does not report twice as often after a reconnect', () => {
    const { runner, sent } = start('air-purifier')
    runner.connected()
    runner.connected()
    vi.advanceTimersByTime(20_000)
    expect(sent).toHaveLength(11)
  })

  it('keeps to the interval that a command sets', () => {
    const { runner, topics } = start('port-monitor', NO_FAULTS, 3_600_000)
    runner.command(JSON.stringify({ commandId: 'c', action: 'setInterval', value: 1 }))
    vi.advanceTimersByTime(10_000)
    expect(topics()).toEqual([
      'lifecycle',
      'telemetry',
      'cmdres',
      ...Array.from({ length: 10 }, () => 'telemetry'),
    ])
  })

  it('lets the guest of a pod come and go in time', () => {
    const { runner, topics } = start('sleep-pod', NO_FAULTS, 86_400_000)
    const opening = command('openDoor')
    if (opening.kind === 'command') runner.command(opening.payload)
    vi.advanceTimersByTime(30 * 60_000)
    expect(topics().filter((topic) => topic === 'events')).toHaveLength(4)
  })

  it('says goodbye and leaves no timer behind', () => {
    const { runner, topics } = start('port-monitor')
    runner.stop()
    expect(topics().at(-1)).toBe('lifecycle')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lets a held message go before it says goodbye', () => {
    const { runner, topics } = start('port-monitor', { 'out-of-order': 1 })
    expect(topics()).toEqual(['lifecycle'])
    runner.stop()
    expect(topics()).toEqual(['lifecycle', 'telemetry', 'lifecycle'])
  })
})

describe('a device in trouble', () => {
  it('takes no readings without a network when they would carry no time', () => {
    const { sent, wire, counts } = start('air-purifier')
    wire.connected = false
    vi.advanceTimersByTime(20_000)
    expect(sent).toHaveLength(1)
    expect(counts.skipped).toBe(10)
  })

  it('keeps readings that carry their time, until too many are waiting', () => {
    const { sent, wire, counts } = start('port-monitor')
    wire.connected = false
    vi.advanceTimersByTime(20_000)
    expect(sent).toHaveLength(12)
    wire.waiting = 500
    vi.advanceTimersByTime(20_000)
    expect(sent).toHaveLength(12)
    expect(counts.skipped).toBe(10)
  })

  it('drops its connection for an offline spell', () => {
    const { drops } = start('air-purifier', { offline: 1 })
    vi.advanceTimersByTime(2_000)
    expect(drops).toEqual([expect.any(Number)])
  })

  it('counts acknowledgments that a fault has swallowed', () => {
    const { runner, counts, topics } = start('air-purifier', { 'lost-acks': 1 })
    runner.command(JSON.stringify({ commandId: 'c', action: 'turnOff' }))
    expect(counts).toMatchObject({ commands: 1, answered: 0, lost: 1 })
    expect(topics()).toEqual(['data'])
  })

  it('has somebody guess at the keypad, if it has one', () => {
    const pod = start('sleep-pod', { 'wrong-pins': 1 })
    const purifier = start('air-purifier', { 'wrong-pins': 1 })
    vi.advanceTimersByTime(2_000)
    expect(pod.topics()).toEqual(['telemetry', 'events', 'telemetry'])
    expect(purifier.topics()).toEqual(['data', 'data'])
  })
})

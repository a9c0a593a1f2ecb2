import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Duty, dailyAt, every, startDuties } from './duties.ts'
import { type Jobs } from './jobs.ts'
import { openTimers, type Timers, type TimerKind, timerCollection } from './timers.ts'
import { useInstances } from './instances.fixture.ts'

const startMs = Date.UTC(2026, 2, 1, 12)
const world = useInstances(startMs)
let rung: string[]

beforeEach(() => {
  rung = []
})

function instance(name: string): { readonly jobs: Jobs; readonly timers: Timers } {
  const { jobs, store } = world.open(name)
  return { jobs, timers: openTimers({ jobs, store }) }
}

const retryCommand: TimerKind<{ commandId: string }> = {
  kind: 'command.retry',
  data: z.strictObject({ commandId: z.string() }),
  ring: async ({ data, dueAtMs, orgId }) => {
    rung.push(`${orgId} ${data.commandId} at ${dueAtMs - startMs}, ${world.clock.nowMs() - startMs}`)
    return undefined
  },
}
const timer = (id: string, inMs: number, orgId = 'acme') => ({
  orgId,
  id,
  dueAtMs: startMs + inMs,
  data: { commandId: id },
})

describe('a timer', () => {
  test('rings once at its time, and is gone', async () => {
    const { timers } = instance('a')
    timers.start([retryCommand])
    await timers.set(retryCommand, timer('c1', 30_000))
    await world.clock.pass(120_000)
    expect(rung).toEqual(['acme c1 at 30000, 30000'])
    expect((await world.store.everywhere(timerCollection)).items).toEqual([])
  })

  test('that was set before the start rings at its time, or at once when that has passed', async () => {
    const { timers } = instance('a')
    await timers.set(retryCommand, timer('missed', 100))
    await timers.set(retryCommand, timer('to-come', 2500))
    await world.clock.pass(1000)
    timers.start([retryCommand])
    await world.clock.pass(60_000)
    expect(rung).toEqual(['acme missed at 100, 1000', 'acme to-come at 2500, 2500'])
  })

  test('that is set anew rings at the new time only', async () => {
    const { timers } = instance('a')
    timers.start([retryCommand])
    await timers.set(retryCommand, timer('c1', 1000))
    await timers.set(retryCommand, timer('c1', 5000))
    await world.clock.pass(60_000)
    expect(rung).toEqual(['acme c1 at 5000, 5000'])
  })

  test('that is set anew while it rings rings again', async () => {
    const { timers } = instance('a')
    timers.start([
      {
        ...retryCommand,
        async ring(ringing) {
          await retryCommand.ring(ringing)
          if (rung.length === 1) await timers.set(retryCommand, timer('c1', 7000))
          return undefined
        },
      },
    ])
    await timers.set(retryCommand, timer('c1', 1000))
    await world.clock.pass(60_000)
    expect(rung).toEqual(['acme c1 at 1000, 1000', 'acme c1 at 7000, 7000'])
  })

  test('can say when it rings next', async () => {
    const { timers } = instance('a')
    timers.start([
      {
        ...retryCommand,
        async ring(ringing) {
          await retryCommand.ring(ringing)
          return rung.length < 3 ? ringing.dueAtMs + 10_000 : undefined
        },
      },
    ])
    await timers.set(retryCommand, timer('c1', 1000))
    await world.clock.pass(120_000)
    expect(rung).toEqual(['acme c1 at 1000, 1000', 'acme c1 at 11000, 11000', 'acme c1 at 21000, 21000'])
  })

  test('that was cancelled does not ring', async () => {
    const { timers } = instance('a')
    timers.start([retryCommand])
    await timers.set(retryCommand, timer('c1', 1000))
    expect(await timers.cancel('acme', 'c1')).toBe(true)
    expect(await timers.cancel('acme', 'c1')).toBe(false)
    await world.clock.pass(60_000)
    expect(rung).toEqual([])
  })

  test('set by an instance that hears none rings at its time in one that does', async () => {
    instance('worker').timers.start([retryCommand])
    await world.clock.pass(10)
    await instance('server').timers.set(retryCommand, timer('c1', 50))
    await world.clock.pass(60_000)
    expect(rung).toEqual(['acme c1 at 50, 50'])
  })

  test('of a kind that nobody hears waits for whoever does', async () => {
    const { timers } = instance('a')
    timers.start([{ ...retryCommand, kind: 'something.else' }])
    await timers.set(retryCommand, timer('c1', 1000))
    await world.clock.pass(60_000)
    expect(rung).toEqual([])
    instance('b').timers.start([retryCommand])
    await world.clock.pass(0)
    expect(rung).toEqual(['acme c1 at 1000, 60000'])
  })

  test('rings once though a clock is turned back or forward', async () => {
    const { timers } = instance('a')
    timers.start([retryCommand])
    await timers.set(retryCommand, timer('c1', 10_000))
    world.clock.turnTo(startMs - 3_600_000)
    await world.clock.pass(60_000)
    expect(rung).toEqual([])
    world.clock.turnTo(startMs + 3_600_000)
    await world.clock.pass(1000)
    world.clock.turnTo(startMs)
    await world.clock.pass(60_000)
    expect(rung).toHaveLength(1)
  })

  test('is one of thousands due in one second, each of which rings once in two instances', async () => {
    const { timers } = instance('a')
    await Promise.all(
      Array.from({ length: 3000 }, (_, n) => timers.set(retryCommand, timer(`c${n}`, n % 1000))),
    )
    timers.start([retryCommand])
    instance('b').timers.start([retryCommand])
    await world.clock.pass(3000)
    expect(new Set(rung.map((line) => line.split(' ')[1])).size).toBe(3000)
    expect(rung).toHaveLength(3000)
  }, 30_000)
})

describe('a duty', () => {
  const done: string[] = []
  const duty = (name: string, nextMs: Duty['nextMs'], run: Duty['run'] = async () => undefined): Duty => ({
    name,
    nextMs,
    run: (signal) => {
      done.push(`${name} at ${world.clock.nowMs() - startMs}`)
      return run(signal)
    },
  })
  beforeEach(() => void done.splice(0))

  test('is done again and again, by one instance at a time', async () => {
    for (const name of ['a', 'b', 'c']) {
      await startDuties({ ...instance(name), ...world }, [duty('sweep', every(5000))])
    }
    await world.clock.pass(20_500)
    expect(done).toEqual(['sweep at 5000', 'sweep at 10000', 'sweep at 15000', 'sweep at 20000'])
  })

  test('that was slept through is made up for once', async () => {
    const first = instance('a')
    await startDuties({ ...first, ...world }, [duty('sweep', every(5000))])
    await first.jobs.stop()
    await world.clock.pass(60_000)
    await startDuties({ ...instance('b'), ...world }, [duty('sweep', every(5000))])
    await world.clock.pass(5000)
    expect(done).toEqual(['sweep at 60000', 'sweep at 65000'])
  })

  test('that fails is tried again soon, and keeps to its times then', async () => {
    let isDown = true
    const failing = duty('sweep', every(60_000), () => {
      if (!isDown) return Promise.resolve()
      isDown = false
      return Promise.reject(new Error('down'))
    })
    await startDuties({ ...instance('a'), ...world }, [failing])
    await world.clock.pass(61_000)
    expect(done).toEqual(['sweep at 60000', 'sweep at 61000'])
  })

  test('can have its time of day', () => {
    const next = dailyAt({ hour: 2, minute: 30 })
    const day = (date: number, hour: number, minute: number): number => Date.UTC(2026, 2, date, hour, minute)
    expect([day(1, 2, 29), day(1, 2, 30), day(1, 12, 0)].map(next)).toEqual([
      day(1, 2, 30),
      day(2, 2, 30),
      day(2, 2, 30),
    ])
  })
})

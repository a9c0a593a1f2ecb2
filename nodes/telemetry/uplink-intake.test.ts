import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../platform/kit/bytes.ts'
import type { Consumer, NewEntry } from '../platform/stream/port.ts'
import { receivedAtOf, untimedAtOf } from './receipt-time.ts'
import { type IntakeUnderTest, intakeUnderTest, settled } from './uplink-intake.fixture.ts'

const route = { orgId: 'acme', key: 'd1', type: 'telemetry' }
const bytes = (text: string): Uint8Array => utf8Bytes(text)
const textsOf = (entries: readonly NewEntry[]): string[] =>
  entries.map(({ data }) => Buffer.from(data).toString())

describe('what devices send', () => {
  test('is acknowledged only after its append', async () => {
    const world = intakeUnderTest()
    const outcomes: unknown[] = []
    world.intake.accept(route, bytes('a'), (error) => outcomes.push(error))
    await world.endTurn()
    expect(world.appends.map(({ entries }) => textsOf(entries))).toEqual([['a']])
    expect(outcomes).toEqual([])

    world.appends[0]?.resolve()
    await settled()
    expect(outcomes).toEqual([undefined])
  })

  test('in one turn becomes one append, at one time of several devices', async () => {
    const world = intakeUnderTest()
    world.clock.wallMs = 1000
    world.intake.accept(route, bytes('a'), () => undefined)
    world.clock.wallMs = 1001
    world.intake.accept({ ...route, key: 'd2' }, bytes('b'), () => undefined)
    await world.endTurn()
    expect(world.appends[0]?.entries.map(({ atMs }) => atMs)).toEqual([1000, 1000])
  })

  test('has a time of its own within its device, however much comes at once, until the clock has caught up', async () => {
    const world = intakeUnderTest()
    const timesOf = (append: number): readonly (readonly number[])[] =>
      world.appends.at(append)?.entries.map(({ atMs }) => [receivedAtOf(atMs), untimedAtOf(atMs)]) ?? []
    world.clock.wallMs = 1000
    for (let i = 0; i < 20; i += 1) world.intake.accept(route, bytes('same'), () => undefined)
    await world.endTurn()
    expect(timesOf(0)).toEqual(Array.from({ length: 20 }, (_, i) => [1000, 1000 + i]))
    world.appends[0]?.resolve()
    await settled()
    for (const [wallMs, untimedMs] of [
      [1010, 1020],
      [1021, 1021],
      [5000, 5000],
    ] as const) {
      world.clock.wallMs = wallMs
      world.intake.accept(route, bytes('later'), () => undefined)
      await world.endTurn()
      expect(timesOf(-1)).toEqual([[wallMs, untimedMs]])
      world.appends.at(-1)?.resolve()
      await settled()
    }
  })

  test('goes by the clock again where that was a day ahead and is set right', async () => {
    const world = intakeUnderTest()
    for (const wallMs of [86_400_000, 1000]) {
      world.clock.wallMs = wallMs
      world.intake.accept(route, bytes('a'), () => undefined)
      await world.endTurn()
      expect(world.appends.at(-1)?.entries[0]?.atMs).toBe(wallMs)
      world.appends.at(-1)?.resolve()
      await settled()
    }
  })

  test('goes on gathering while each turn brings more, and no longer than it may hold', async () => {
    const world = intakeUnderTest({ maxHoldMs: 5 })
    const accept = (text: string): void => world.intake.accept(route, bytes(text), () => undefined)
    accept('a')
    for (const text of ['b', 'c']) {
      await world.runDeferredOnce()
      accept(text)
    }
    expect(world.appends).toHaveLength(0)
    world.pass(5)
    await world.runDeferredOnce()
    expect(world.appends.map(({ entries }) => textsOf(entries))).toEqual([['a', 'b', 'c']])
  })

  test('while an append is under way makes up the next one', async () => {
    const world = intakeUnderTest()
    const accept = (text: string): void => world.intake.accept(route, bytes(text), () => undefined)
    accept('a')
    await world.endTurn()
    accept('b')
    await world.endTurn()
    accept('c')
    await world.endTurn()
    expect(world.appends).toHaveLength(1)

    world.appends[0]?.resolve()
    await settled()
    await world.endTurn()
    expect(world.appends.map(({ entries }) => textsOf(entries))).toEqual([['a'], ['b', 'c']])
  })

  test('learns of a failed append, and what comes after is appended all the same', async () => {
    const world = intakeUnderTest()
    const outcomes: unknown[] = []
    world.intake.accept(route, bytes('a'), (error) => outcomes.push(error?.message))
    await world.endTurn()
    world.appends[0]?.reject(new Error('disk gone'))
    await settled()
    expect(outcomes).toEqual(['disk gone'])

    world.intake.accept(route, bytes('b'), (error) => outcomes.push(error?.message))
    await world.endTurn()
    world.appends[1]?.resolve()
    await settled()
    expect(outcomes).toEqual(['disk gone', undefined])
  })

  test('is counted, with how long the append took', async () => {
    const world = intakeUnderTest()
    world.intake.accept(route, bytes('a'), () => undefined)
    await world.endTurn()
    world.clock.monotonic = 40
    world.appends[0]?.resolve()
    await settled()
    expect(world.counts.messagesReceived).toBe(1)
    expect(world.metrics.appendDuration.seconds).toEqual([0.04])
  })
})

describe('the consumer sets the pace', () => {
  const lagging = (lag: number): Consumer & { catchUp(): void; readonly waitsFor: number[] } => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const waitsFor: number[] = []
    return {
      lag,
      waitsFor,
      catchUp: resolve,
      whenLagAtMost: (entries) => {
        waitsFor.push(entries)
        return promise
      },
      close: () => Promise.resolve(),
    }
  }

  test('too far behind, it holds up the append until it is half-way back, however long that takes', async () => {
    const world = intakeUnderTest({ maxLag: 100 })
    const consumer = lagging(101)
    world.intake.pacedBy(consumer)
    world.intake.accept(route, bytes('a'), () => undefined)
    await world.endTurn()
    world.pass(60_000)
    await settled()
    expect(consumer.waitsFor).toEqual([50])
    expect(world.appends).toEqual([])

    consumer.catchUp()
    await settled()
    await world.endTurn()
    expect(world.appends).toHaveLength(1)
  })

  test('at work, it holds up the append for a few milliseconds, and what comes meanwhile goes along', async () => {
    const world = intakeUnderTest({ maxLag: 100, maxHoldMs: 5 })
    world.intake.pacedBy(lagging(3))
    world.intake.accept(route, bytes('a'), () => undefined)
    await world.endTurn()
    world.intake.accept(route, bytes('b'), () => undefined)
    world.pass(4)
    await settled()
    expect(world.appends).toEqual([])

    world.pass(1)
    await settled()
    expect(world.appends.map(({ entries }) => textsOf(entries))).toEqual([['a', 'b']])
  })

  test('done with what it had in hand, it holds up nothing, and no timer is left', async () => {
    const world = intakeUnderTest({ maxHoldMs: 5 })
    const consumer = lagging(3)
    world.intake.pacedBy(consumer)
    world.intake.accept(route, bytes('a'), () => undefined)
    await world.endTurn()
    consumer.catchUp()
    await settled()
    await world.endTurn()
    expect(world.appends).toHaveLength(1)
    expect(world.timers).toBe(0)
  })

  test('one of two that goes leaves the other its say', async () => {
    const world = intakeUnderTest({ maxLag: 100 })
    const slow = lagging(101)
    world.intake.pacedBy(slow)
    const stop = world.intake.pacedBy(lagging(0))
    stop()
    world.intake.accept(route, bytes('a'), () => undefined)
    await world.endTurn()
    expect(slow.waitsFor).toEqual([50])
    expect(world.appends).toEqual([])
  })

  test('of two the slowest counts', async () => {
    const world = intakeUnderTest({ maxLag: 100 })
    const [slow, quick] = [lagging(101), lagging(0)]
    world.intake.pacedBy(slow)
    world.intake.pacedBy(quick)
    world.intake.accept(route, bytes('a'), () => undefined)
    await world.endTurn()
    expect([slow.waitsFor, quick.waitsFor]).toEqual([[50], [50]])
    quick.catchUp()
    await settled()
    expect(world.appends).toEqual([])
    slow.catchUp()
    await settled()
    await world.endTurn()
    expect(world.appends).toHaveLength(1)
  })

  test('idle or gone, it holds up nothing', async () => {
    const world = intakeUnderTest()
    world.intake.pacedBy(lagging(0))
    world.intake.accept(route, bytes('a'), () => undefined)
    await world.endTurn()
    expect(world.appends).toHaveLength(1)
    world.appends[0]?.resolve()
    await settled()

    world.intake.pacedBy(lagging(9999))()
    world.intake.accept(route, bytes('b'), () => undefined)
    await world.endTurn()
    expect(world.appends).toHaveLength(2)
  })
})

describe('what comes one by one', () => {
  /** Each from a device of its own, one every 3 ms, until `count` have come; timers run between them. */
  const trickle = async (world: IntakeUnderTest, count: number, everyMs = 3): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      world.intake.accept({ ...route, key: `t${n}` }, bytes(String(n)), () => undefined)
      await world.endTurn()
      world.pass(everyMs)
      await settled()
      await world.endTurn()
    }
  }
  const lingering = (): IntakeUnderTest => {
    const world = intakeUnderTest({ lingerMs: 10 })
    world.clock.wallMs = 1_000_000
    return world
  }
  /** What came first has been appended, so that what comes next soon is worth waiting for. */
  const warm = async (): Promise<IntakeUnderTest> => {
    const world = lingering()
    world.intake.accept(route, bytes('first'), () => undefined)
    await world.endTurn()
    world.appends[0]?.resolve()
    await settled()
    world.pass(3)
    return world
  }

  test('shares an append with what comes within a few milliseconds, and waits no longer', async () => {
    const world = await warm()
    await trickle(world, 3)
    expect(world.appends).toHaveLength(1)
    world.pass(1)
    await settled()
    await world.endTurn()
    expect(world.appends.slice(1).map(({ entries }) => textsOf(entries))).toEqual([['0', '1', '2']])
    expect(world.timers).toBe(0)
  })

  test('unless somebody waits for it, and then nobody waits any longer', async () => {
    const world = await warm()
    world.intake.accept({ ...route, key: 'd2' }, bytes('0'), () => undefined)
    await world.endTurn()
    expect(world.appends).toHaveLength(1)
    world.intake.accept({ ...route, key: 'd3', isAwaited: true }, bytes('answer'), () => undefined)
    await settled()
    await world.endTurn()
    expect(world.appends.slice(1).map(({ entries }) => textsOf(entries))).toEqual([['0', 'answer']])
  })

  test('and seldom waits for nothing', async () => {
    const world = await warm()
    world.pass(20)
    world.intake.accept({ ...route, key: 'd2' }, bytes('seldom'), () => undefined)
    await world.endTurn()
    expect(world.appends).toHaveLength(2)
  })

  test('from a device that was heard of a moment ago waits for nothing', async () => {
    const world = await warm()
    world.clock.wallMs += 999
    world.intake.accept(route, bytes('second'), () => undefined)
    await world.endTurn()
    expect(world.appends).toHaveLength(2)
    expect(world.timers).toBe(0)
  })

  test('from a device that was heard of longer ago than that waits with the others', async () => {
    const world = await warm()
    world.clock.wallMs += 1001
    world.intake.accept(route, bytes('second'), () => undefined)
    await world.endTurn()
    expect(world.appends).toHaveLength(1)
    world.pass(10)
    await settled()
    await world.endTurn()
    expect(world.appends).toHaveLength(2)
  })

  test('waits no more once a device comes along that may be held up by it', async () => {
    const world = await warm()
    await trickle(world, 2)
    world.intake.accept(route, bytes('again'), () => undefined)
    await settled()
    await world.endTurn()
    expect(world.appends.slice(1).map(({ entries }) => textsOf(entries))).toEqual([['0', '1', 'again']])
    expect(world.timers).toBe(0)
  })

  test('waits no more once there are enough to share the cost', async () => {
    const world = await warm()
    await trickle(world, 31, 0)
    expect(world.appends).toHaveLength(1)
    world.intake.accept({ ...route, key: 'last' }, bytes('last'), () => undefined)
    await settled()
    await world.endTurn()
    expect(world.appends[1]?.entries).toHaveLength(32)
  })

  test('and while an append is under way has waited already when that is done', async () => {
    const world = await warm()
    world.intake.accept({ ...route, key: 'd2' }, bytes('a'), () => undefined)
    await world.endTurn()
    world.pass(10)
    await settled()
    await world.endTurn()
    await trickle(world, 4)
    expect(world.appends).toHaveLength(2)
    world.appends[1]?.resolve()
    await settled()
    await world.endTurn()
    expect(world.appends.slice(2).map(({ entries }) => textsOf(entries))).toEqual([['0', '1', '2', '3']])
  })
})

describe('idle', () => {
  test('is at once what has nothing to do', async () => {
    await expect(intakeUnderTest().intake.whenIdle()).resolves.toBeUndefined()
  })

  test('comes when nothing accepted waits for its append any more', async () => {
    const world = intakeUnderTest()
    let isIdle = false
    world.intake.accept(route, bytes('a'), () => undefined)
    void world.intake.whenIdle().then(() => (isIdle = true))
    await world.endTurn()
    world.intake.accept(route, bytes('b'), () => undefined)
    world.appends[0]?.resolve()
    await settled()
    expect(isIdle).toBe(false)

    await world.endTurn()
    world.appends[1]?.resolve()
    await settled()
    expect(isIdle).toBe(true)
  })
})

test('in any order of arrivals, turns and appends: one append at a time, each acknowledged once, none left out', async () => {
  const step = fc.constantFrom('accept', 'accept of another', 'turn', 'time', 'append', 'fail')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = intakeUnderTest({ lingerMs: 10 })
      world.clock.wallMs = 1_000_000
      const acknowledged: string[] = []
      let accepted = 0
      let finished = 0
      const act = async (what: string): Promise<void> => {
        if (what.startsWith('accept')) {
          const name = String((accepted += 1))
          const from = what === 'accept' ? route : { ...route, key: name }
          world.intake.accept(from, bytes(name), () => acknowledged.push(name))
        } else if (what === 'time') {
          world.pass(4)
          await settled()
        } else if (what === 'turn') await world.endTurn()
        else if (finished < world.appends.length) {
          const append = world.appends[finished]
          finished += 1
          if (what === 'append') append?.resolve()
          else append?.reject(new Error('no'))
          await settled()
        }
        expect(world.appends.length - finished).toBeLessThanOrEqual(1)
        expect(acknowledged.length).toBe(
          world.appends.slice(0, finished).flatMap(({ entries }) => entries).length,
        )
      }
      for (const what of steps) await act(what)
      const lingered = ['turn', 'time', 'time', 'time', 'turn', 'append']
      for (const what of [...lingered, ...lingered, 'turn']) await act(what)

      await world.intake.whenIdle()
      expect(acknowledged).toEqual(Array.from({ length: accepted }, (_, index) => String(index + 1)))
    }),
  )
})

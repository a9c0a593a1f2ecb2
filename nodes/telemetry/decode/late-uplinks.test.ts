import { describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../../devices/device.fixture.ts'
import { idlePool } from '../../platform/expressions/idle-pool.fixture.ts'
import type { ExpressionTask } from '../../platform/expressions/pool.ts'
import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import { type VirtualClock, virtualClock } from '../../platform/testing/virtual-clock.fixture.ts'
import { nothingDecoded } from './decode.ts'
import { LateBatch, type LateBatchParts } from './late-batch.ts'
import { LateUplinks } from './late-uplinks.ts'
import { anUplink } from './uplink.fixture.ts'

const processed: DeliveryOutcome = { kind: 'processed', durable: Promise.resolve() }
const failed: DeliveryOutcome = { kind: 'failed', error: new Error('no') }
const record = aRecord(aClass({ decode: { shape: 'jsonata', expression: 'v' } }))
const evaluated = { kind: 'value', text: '{}' } as const

interface World {
  readonly clock: VirtualClock
  readonly late: LateUplinks
  readonly tasks: ExpressionTask[]
  /** What was sent into the flow, by the offsets of each batch. */
  readonly delivered: string[][]
  readonly abandoned: string[]
  /** What the flow says to the batches to come; `processed` after that. */
  readonly outcomes: DeliveryOutcome[]
  readonly batch: (changes?: Partial<LateBatchParts>) => LateBatch & { readonly state: () => string }
}

function world(
  outcomeOf: (offsets: readonly string[]) => DeliveryOutcome | undefined = () => undefined,
): World {
  const clock = virtualClock()
  const tasks: ExpressionTask[] = []
  const delivered: string[][] = []
  const abandoned: string[] = []
  const outcomes: DeliveryOutcome[] = []
  const late = new LateUplinks({
    clock,
    random: () => 0,
    fault: () => undefined,
    pool: { submit: (task) => void tasks.push(task) },
    deliver(batch) {
      const offsets = batch.map(({ uplink }) => uplink.offset)
      delivered.push(offsets)
      return Promise.resolve(outcomeOf(offsets) ?? outcomes.shift() ?? processed)
    },
    abandon({ uplink }) {
      abandoned.push(uplink.offset)
      return Promise.resolve()
    },
  })
  return {
    clock,
    late,
    tasks,
    delivered,
    abandoned,
    outcomes,
    batch(changes = {}) {
      let state = 'held'
      const made = new LateBatch({
        late,
        pool: idlePool,
        clock,
        extra: undefined,
        awaitDurable: (durable) =>
          void durable.then(
            () => (state = 'durable'),
            () => (state = 'comes again'),
          ),
        ...changes,
      })
      return Object.assign(made, { state: () => state })
    },
  }
}

/** The uplinks, by offset, that wait for an expression, and what is refused of them. */
function add(batch: LateBatch, offsets: readonly string[], orgId = 'acme'): readonly string[] {
  const into = nothingDecoded()
  for (const offset of offsets) {
    const source = { kind: 'expression', source: 'v', text: offset } as const
    batch.add(into, anUplink({}, { orgId, offset, deviceId: `${orgId}-1` }), record, source)
  }
  return into.rejects.map(({ reason }) => reason)
}

describe('uplinks that wait for their expression', () => {
  test('go on in order, together, and make their batch durable', async () => {
    const { batch, clock, delivered, tasks } = world()
    const one = batch()
    add(one, ['1', '2', '3'])
    one.end()
    tasks[2]?.done(evaluated)
    tasks[1]?.done(evaluated)
    await clock.pass(0)
    expect([delivered, one.state()]).toEqual([[], 'held'])
    tasks[0]?.done(evaluated)
    await clock.pass(0)
    expect([delivered, one.state()]).toEqual([[['1', '2', '3']], 'durable'])
  })

  test('do not keep those of another organization waiting', async () => {
    const { batch, clock, delivered, tasks } = world()
    const one = batch()
    add(one, ['1'])
    add(one, ['2'], 'other')
    one.end()
    tasks[1]?.done(evaluated)
    await clock.pass(0)
    expect(delivered).toEqual([['2']])
  })

  test('are not overtaken by what their device sends that needs none', async () => {
    const { batch, clock, delivered, late, tasks } = world()
    const one = batch()
    expect(late.has('acme-1')).toBe(false)
    add(one, ['1'])
    expect(late.has('acme-1')).toBe(true)
    one.add(
      nothingDecoded(),
      anUplink({}, { offset: '2', deviceId: 'acme-1' }),
      aRecord(aClass(), aDevice()),
      {
        kind: 'turn',
        value: {},
      },
    )
    one.end()
    await clock.pass(0)
    expect(delivered).toEqual([])
    tasks[0]?.done(evaluated)
    await clock.pass(0)
    expect(delivered).toEqual([['1', '2']])
    expect(late.has('acme-1')).toBe(false)
  })

  test('of a replay and live ones are told apart', async () => {
    const { batch, clock, delivered, tasks } = world()
    for (const [offset, extra] of [
      ['1', undefined],
      ['2', { replay: { id: 'r' } }],
      ['3', undefined],
    ] as const) {
      const one = batch({ extra })
      add(one, [offset])
      one.end()
    }
    for (const { done } of tasks) done(evaluated)
    await clock.pass(0)
    expect(delivered).toEqual([['1'], ['2'], ['3']])
  })

  test('are sent again after an outage, and to the new nodes after a restart of the flows', async () => {
    const { batch, clock, delivered, outcomes, tasks } = world()
    outcomes.push({ kind: 'unavailable', error: new Error('down') }, { kind: 'interrupted' })
    const one = batch()
    add(one, ['1'])
    one.end()
    tasks[0]?.done(evaluated)
    await clock.pass(10)
    expect([delivered.length, one.state()]).toEqual([1, 'held'])
    await clock.pass(100)
    expect([delivered, one.state()]).toEqual([[['1'], ['1'], ['1']], 'durable'])
  })

  test('are cut until the one that fails stands alone: it is a dead letter after five tries', async () => {
    const { abandoned, batch, clock, delivered, tasks } = world((offsets) =>
      offsets.includes('3') ? failed : undefined,
    )
    const one = batch()
    add(one, ['1', '2', '3', '4'])
    one.end()
    for (const { done } of tasks) done(evaluated)
    await clock.pass(10_000)
    expect(abandoned).toEqual(['3'])
    expect(delivered.filter(([first, ...more]) => first === '3' && more.length === 0)).toHaveLength(5)
    expect(one.state()).toBe('durable')
  })

  test('come again from the stream when the node is closed, and when they did not become durable', async () => {
    const { batch, clock, late, outcomes, tasks } = world()
    const disk = Promise.withResolvers<void>()
    outcomes.push({ kind: 'processed', durable: disk.promise })
    const [one, two] = [batch(), batch()]
    add(one, ['1'])
    add(two, ['2'])
    one.end()
    two.end()
    tasks[0]?.done(evaluated)
    await clock.pass(0)
    disk.reject(new Error('disk full'))
    await clock.pass(0)
    expect([one.state(), two.state()]).toEqual(['comes again', 'held'])
    late.close()
    await clock.pass(0)
    expect(two.state()).toBe('comes again')
    expect(tasks[1]?.isCancelled?.()).toBe(true)
  })
})

describe('a batch of them', () => {
  test('refuses what is suspended at once', () => {
    const one = world().batch({ pool: { ...idlePool, isSuspended: () => true } })
    expect(add(one, ['1'])).toEqual(['expression-suspended'])
    expect(one.isSettled).toBe(true)
  })

  test('waits for room, and refuses what there is none for; then nothing is held for that', async () => {
    const { batch, clock, tasks } = world()
    const rooms = [true, false]
    const one = batch({
      pool: { ...idlePool, hasRoom: () => false, whenRoom: () => Promise.resolve(rooms.shift() ?? false) },
    })
    expect(add(one, ['1', '2'])).toEqual([])
    expect([one.isSettled, one.has('acme-1'), tasks.length]).toEqual([false, true, 0])
    const { rejects } = await one.settle()
    expect(rejects).toMatchObject([{ offset: '2', reason: 'expression-limit' }])
    tasks[0]?.done(evaluated)
    await clock.pass(0)
    expect(one.state()).toBe('durable')
  })

  test('keeps the order of a device behind what waits for room', async () => {
    const { batch, tasks, clock, delivered } = world()
    const one = batch({ pool: { ...idlePool, hasRoom: () => false } })
    add(one, ['1'])
    one.add(nothingDecoded(), anUplink({}, { offset: '2', deviceId: 'acme-1' }), record, {
      kind: 'turn',
      value: {},
    })
    await one.settle()
    await clock.pass(0)
    expect(delivered).toEqual([])
    tasks[0]?.done(evaluated)
    await clock.pass(0)
    expect(delivered).toEqual([['1', '2']])
  })
})

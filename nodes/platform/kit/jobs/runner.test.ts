import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { silentLogger } from '../../logger.ts'
import type { Collection, CollectionSpec, Store } from '../../store/port.ts'
import { openSqliteStore } from '../../../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../../../engines/store/testing/processes.ts'
import { type VirtualClock, virtualClock } from '../../testing/virtual-clock.fixture.ts'
import { Unavailable } from '../unavailable.ts'
import { defineJob, dueAt, dueFields, type JobDefinition, type Next, type Work } from './job.ts'
import { JobRunner } from './runner.ts'

const errandSchema = z.strictObject({
  id: z.string(),
  ...dueFields,
  note: z.string().nullable(),
})
type Errand = z.output<typeof errandSchema>
const errandCollection: CollectionSpec<Errand> = {
  name: 'errands',
  schema: errandSchema,
  indexesEverywhere: [['dueAtMs']],
}
const leaseMs = 8000
const startMs = 1_000_000

let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let clock: VirtualClock
let errands: Collection<Errand>
let runners: JobRunner<Errand>[]
/** What was begun, and when. */
let begun: string[]

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  clock = virtualClock(startMs)
  errands = store.organization('acme').collection(errandCollection)
  runners = []
  begun = []
})
afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.stop()))
  await store.close()
  await folder.remove()
})

/** How often what is due is asked for from here on. */
function countLooks(): () => number {
  let looks = 0
  const everywhere = store.everywhere.bind(store)
  store.everywhere = (...args) => {
    looks += 1
    return everywhere(...args)
  }
  return () => looks
}

const errand = (id: string, dueAtMs: number | null): Errand => ({ id, ...dueAt(dueAtMs), note: null })
const over: Next<Errand> = (current) => ({ ...current, dueAtMs: null, note: 'done' })

function instance(
  name: string,
  run: (work: Work<Errand>) => Promise<Next<Errand>>,
  changes: Partial<JobDefinition<Errand>> = {},
): JobRunner<Errand> {
  const job = defineJob<Errand>({
    name: 'errands',
    collection: errandCollection,
    of: 'organizations',
    leaseMs,
    maxAtOnce: 10,
    retry: { firstMs: 1000, lastMs: 60_000, maxTries: 3 },
    run(work) {
      begun.push(`${name}: ${work.document.id} at ${clock.nowMs() - startMs}`)
      return run(work)
    },
    ...changes,
  })
  const runner = new JobRunner(job, { store, clock, log: silentLogger, instance: name, random: () => 1 })
  runners.push(runner)
  runner.start()
  return runner
}
const stored = async (id: string): Promise<Errand | undefined> => (await errands.get(id))?.document

describe('a job', () => {
  test('is done at its time: not before, and not when it is not due', async () => {
    await errands.insert(errand('soon', startMs + 300))
    await errands.insert(errand('later', startMs + 5000))
    await errands.insert(errand('never', null))
    instance('a', async () => over)
    await clock.pass(299)
    expect(begun).toEqual([])
    await clock.pass(10_000)
    expect(begun).toEqual(['a: soon at 300', 'a: later at 5000'])
    expect(await stored('soon')).toEqual({ id: 'soon', dueAtMs: null, failures: 0, note: 'done' })
  })

  test('that was slept through is done at the start, the longest due first', async () => {
    await errands.insert(errand('b', startMs - 1000))
    await errands.insert(errand('a', startMs - 500))
    await store
      .organization('other')
      .collection(errandCollection)
      .insert(errand('c', startMs - 2000))
    const runner = instance('a', async () => over)
    await clock.pass(0)
    expect(begun).toEqual(['a: c at 0', 'a: b at 0', 'a: a at 0'])
    expect(runner.figures).toMatchObject({ done: 3, lateMs: 500 })
  })

  test('that others have made due is seen within a second, and at once when they tell', async () => {
    const runner = instance('a', async () => over)
    await clock.pass(500)
    await errands.insert(errand('untold', startMs))
    await clock.pass(600)
    expect(begun).toEqual(['a: untold at 1000'])
    await errands.insert(errand('told', startMs))
    runner.wake()
    await clock.pass(0)
    expect(begun).toEqual(['a: untold at 1000', 'a: told at 1100'])
  })

  test('that says undefined takes its document away', async () => {
    await errands.insert(errand('e', startMs))
    instance('a', async () => () => undefined)
    await clock.pass(0)
    expect(await errands.count()).toBe(0)
  })

  test('is done so many at once, and the others right after', async () => {
    for (let n = 0; n < 25; n += 1) await errands.insert(errand(`e${n}`, startMs))
    let most = 0
    let now = 0
    instance('a', async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => clock.after(10, () => resolve(undefined)))
      now -= 1
      return over
    })
    await clock.pass(100)
    expect({ most, begun: begun.length }).toEqual({ most: 10, begun: 25 })
  })

  test('is looked for twice a minute while nothing is due and nobody writes, however much is to come', async () => {
    for (let n = 0; n < 50; n += 1) await errands.insert(errand(`e${n}`, startMs + 3_600_000 + n))
    const looks = countLooks()
    instance('a', async () => over)
    await clock.pass(60_000)
    expect(looks()).toBe(3)
    await errands.insert(errand('one more', startMs + 7_200_000))
    await clock.pass(20_000)
    expect(looks()).toBe(4)
    await clock.pass(3_600_000)
    expect(begun).toHaveLength(50)
  })

  test('is looked for once a second where the engine does not say whether anybody has written', async () => {
    Reflect.set(store, 'revisionOf', undefined)
    const looks = countLooks()
    instance('a', async () => over)
    await clock.pass(60_000)
    expect(looks()).toBe(61)
  })

  test('that another process has made due is seen within a second', async () => {
    const other = await openSqliteStore({ directory: folder.path })
    try {
      instance('a', async () => over)
      await clock.pass(20_500)
      await other.organization('acme').collection(errandCollection).insert(errand('theirs', startMs))
      await clock.pass(1000)
      expect(begun).toEqual(['a: theirs at 21000'])
    } finally {
      await other.close()
    }
  })
})

describe('a job that fails', () => {
  test('is tried again, later and later, and then given up', async () => {
    await errands.insert(errand('e', startMs))
    const runner = instance('a', () => Promise.reject(new Error('no way')), {
      failed: (document, error) => ({ ...document, note: error.message }),
    })
    await clock.pass(1000)
    expect(await stored('e')).toEqual({ id: 'e', dueAtMs: startMs + 3000, failures: 2, note: 'no way' })
    await clock.pass(100_000)
    expect(begun).toEqual(['a: e at 0', 'a: e at 1000', 'a: e at 3000'])
    expect(await stored('e')).toEqual({ id: 'e', dueAtMs: null, failures: 3, note: 'no way' })
    expect(runner.figures).toMatchObject({ failed: 2, givenUp: 1, done: 0 })
  })

  test('because an engine is down is tried for as long as that takes', async () => {
    await errands.insert(errand('e', startMs))
    instance('a', async ({ attempt }) => {
      if (attempt < 6) throw new Unavailable('away')
      return over
    })
    await clock.pass(31_000)
    expect(begun).toHaveLength(6)
    expect(await stored('e')).toEqual({ id: 'e', dueAtMs: null, failures: 0, note: 'done' })
  })

  test('by what it wants to write is a failure like any other, and not done again and again', async () => {
    await errands.insert(errand('e', startMs))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a rule with a fault of its own might
    instance('a', async () => (current) => ({ ...current, note: 5 as unknown as string }))
    await clock.pass(100_000)
    expect(begun).toHaveLength(3)
    expect(await stored('e')).toMatchObject({ dueAtMs: null, failures: 3 })
  })
})

describe('among several instances a job', () => {
  const forever = (): Promise<Next<Errand>> => new Promise(() => undefined)
  const untilAborted = ({ signal }: Work<Errand>): Promise<Next<Errand>> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))

  test('is done by one of them', async () => {
    for (let n = 0; n < 40; n += 1) await errands.insert(errand(`e${n}`, startMs + n))
    for (const name of ['a', 'b', 'c']) instance(name, async () => over)
    await clock.pass(5000)
    expect(begun).toHaveLength(40)
    expect(new Set(begun.map((line) => /e\d+/.exec(line)?.[0])).size).toBe(40)
  })

  test('keeps its lease for as long as it takes', async () => {
    await errands.insert(errand('e', startMs))
    instance('a', async () => {
      await new Promise((resolve) => clock.after(10 * leaseMs, () => resolve(undefined)))
      return over
    })
    await clock.pass(100)
    instance('b', async () => over)
    await clock.pass(11 * leaseMs)
    expect(begun).toEqual(['a: e at 0'])
    expect(await stored('e')).toMatchObject({ note: 'done' })
  })

  test('of one that died is taken over within a second of the end of its lease', async () => {
    await errands.insert(errand('e', startMs))
    const lease = { owner: 'dead', nowMs: startMs, durationMs: leaseMs }
    await store.claimEverywhere(errandCollection, {}, lease)
    instance('b', async () => over)
    await clock.pass(leaseMs - 1)
    expect(begun).toEqual([])
    await clock.pass(1000)
    expect(begun).toHaveLength(1)
  })

  test('that was taken over from is told so, and what it still writes is refused', async () => {
    await errands.insert(errand('e', startMs))
    const late = Promise.withResolvers<undefined>()
    const saved: unknown[] = []
    const slow = instance('slow', async (work) => {
      await late.promise
      saved.push(work.signal.aborted, await work.save((current) => ({ ...current, note: 'late' })))
      return () => undefined
    })
    await clock.pass(0)
    // As if this process had been held up: its lease has ended, and another has it.
    await errands.claim({}, { owner: 'next', nowMs: startMs + leaseMs, durationMs: 30_000 })
    await clock.pass(leaseMs)
    late.resolve(undefined)
    await clock.pass(0)
    expect(saved).toEqual([true, undefined])
    expect(await stored('e')).toEqual(errand('e', startMs))
    expect(slow.figures).toMatchObject({ done: 0, lost: 1 })
  })

  test('is given back by one that stops, and goes on with another at once', async () => {
    await errands.insert(errand('e', startMs))
    const first = instance('a', untilAborted)
    await clock.pass(0)
    await first.stop()
    instance('b', async () => over)
    await clock.pass(0)
    expect(begun).toEqual(['a: e at 0', 'b: e at 0'])
    expect(await stored('e')).toMatchObject({ failures: 0, note: 'done' })
  })

  test('whose document others change meanwhile keeps what they wrote', async () => {
    await errands.insert(errand('e', startMs))
    instance('a', async ({ document }) => {
      await errands.update('e', (current) => ({ ...current, dueAtMs: startMs + 500 }))
      return (current) => (current.dueAtMs === document.dueAtMs ? { ...current, dueAtMs: null } : current)
    })
    await clock.pass(400)
    expect(begun).toEqual(['a: e at 0'])
    expect(await stored('e')).toMatchObject({ dueAtMs: startMs + 500 })
  })

  test('writes down how far it is, for whoever takes over', async () => {
    await errands.insert(errand('e', startMs))
    instance('a', async (work) => {
      await work.save((current) => ({ ...current, note: 'half' }))
      await errands.update('e', (current) => ({ ...current, note: `${current.note}, changed` }))
      await work.save((current) => ({ ...current, note: `${current.note}, more` }))
      return forever()
    })
    await clock.pass(0)
    expect(await stored('e')).toMatchObject({ note: 'half, changed, more' })
    runners.pop()
  })
})

test('a job without an index to find what is due is refused', () => {
  const collection = { ...errandCollection, indexesEverywhere: [] }
  expect(() => instance('a', async () => over, { collection })).toThrow(RangeError)
})

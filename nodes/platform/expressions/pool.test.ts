import { describe, expect, test } from 'vitest'
import { silentLogger } from '../logger.ts'
import { type VirtualClock, virtualClock } from '../testing/virtual-clock.fixture.ts'
import type { Answer } from './child-evaluator.ts'
import { forgetAfterMs, maxOverrunsOfClass, maxWaitingItems } from './limits.ts'
import { SharedExpressionPool } from './pool.ts'
import type { Turn } from './protocol.ts'

const overranMs = 1000

interface World {
  readonly clock: VirtualClock
  readonly pool: SharedExpressionPool
  /** What has been given, in order. */
  readonly given: string[]
  readonly turns: string[][]
  /** How many processes were started. */
  readonly started: () => number
  readonly submit: (orgId: string, ...texts: readonly string[]) => void
}

/** Evaluators that answer with what they are given: `hang`, `eat` and `die` are what they say, `slow` takes 10 ms. */
function world(): World {
  const clock = virtualClock()
  const given: string[] = []
  const turns: string[][] = []
  let started = 0
  const evaluate = async (turn: Turn): Promise<Answer> => {
    const texts = turn.items.map(({ text }) => text)
    turns.push(texts)
    const pass = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
    if (texts.includes('hang')) {
      await pass(overranMs)
      return { kind: 'overran', limit: 'time' }
    }
    if (texts.includes('eat')) return { kind: 'overran', limit: 'memory' }
    if (texts.includes('die')) return { kind: 'lost' }
    if (texts.includes('slow')) await pass(10)
    return { kind: 'done', results: texts.map((text) => ({ kind: 'value', text })) }
  }
  const pool = new SharedExpressionPool({
    clock,
    random: () => 0,
    log: silentLogger,
    evaluator: () => {
      started += 1
      return { evaluate, close: () => undefined }
    },
  })
  return {
    clock,
    pool,
    given,
    turns,
    started: () => started,
    submit(orgId, ...texts) {
      for (const text of texts)
        pool.submit({
          owner: { orgId, classKey: 'silo', version: 1 },
          source: 'v',
          text,
          done: (evaluated) =>
            given.push(
              `${orgId} ${text}${evaluated.kind === 'value' ? '' : ` ${evaluated.reason}: ${evaluated.detail}`}`,
            ),
        })
    },
  }
}

describe('the pool', () => {
  test('starts nothing before there is something to evaluate', async () => {
    const { clock, given, started, submit } = world()
    expect(started()).toBe(0)
    submit('acme', '1', '2')
    await clock.pass(0)
    expect([started(), given]).toEqual([1, ['acme 1', 'acme 2']])
  })

  test('finds the culprit among those that shared its turn: each other one is evaluated, in order', async () => {
    const { clock, given, submit, turns } = world()
    submit('acme', '1', 'hang', '2')
    await clock.pass(overranMs * 3)
    expect(given).toEqual([
      'acme 1',
      'acme hang expression-limit: the expression takes longer than 1000 ms',
      'acme 2',
    ])
    expect(turns).toEqual([['1', 'hang', '2'], ['1'], ['hang'], ['2']])
  })

  test('evaluates for others while one overruns', async () => {
    const { clock, given, submit } = world()
    submit('greedy', 'hang', 'hang', 'hang')
    submit('modest', '1')
    await clock.pass(0)
    expect(given).toEqual(['modest 1'])
    submit('late', '2')
    await clock.pass(0)
    expect(given).toEqual(['modest 1', 'late 2'])
  })

  test('keeps a seat free of those who have overrun lately', async () => {
    const { clock, given, submit } = world()
    for (const orgId of ['a', 'b', 'c']) submit(orgId, 'hang')
    await clock.pass(overranMs * 2)
    expect(given).toHaveLength(3)
    for (const orgId of ['a', 'b', 'c']) submit(orgId, 'hang')
    submit('modest', '1')
    await clock.pass(0)
    expect(given.slice(3)).toEqual(['modest 1'])
  })

  test('tries again alone what may only have been there when memory ran out', async () => {
    const { clock, given, submit, turns } = world()
    submit('acme', '1', 'eat')
    await clock.pass(0)
    expect(given).toEqual([
      'acme 1',
      'acme eat expression-limit: the expression takes more than 64 MB of memory',
    ])
    expect(turns).toEqual([['1', 'eat'], ['1'], ['eat'], ['eat']])
  })

  test('takes a process that ends for what it is, once', async () => {
    const { clock, given, submit } = world()
    submit('acme', 'die', '1')
    await clock.pass(60_000)
    expect(given).toEqual([expect.stringContaining('acme die expression-limit'), 'acme 1'])
  })

  test('suspends a class that overruns again and again, also what waits by then, and tells', async () => {
    const { clock, given, pool, submit } = world()
    const told: (readonly string[])[] = []
    pool.onSuspension(() => told.push(pool.suspended))
    submit('acme', ...Array.from({ length: maxOverrunsOfClass + 2 }, () => 'hang'))
    await clock.pass(overranMs * (maxOverrunsOfClass + 1))
    const ofReason = (reason: string): number => given.filter((text) => text.includes(reason)).length
    expect(ofReason('expression-limit')).toBe(maxOverrunsOfClass)
    expect(ofReason('expression-suspended')).toBe(2)
    expect(pool.overruns).toBe(maxOverrunsOfClass)
    expect(pool.isSuspended({ orgId: 'acme', classKey: 'silo', version: 1 })).toBe(true)
    await clock.pass(forgetAfterMs)
    expect(told).toEqual([['acme/silo'], []])
    submit('acme', '1')
    await clock.pass(0)
    expect(given.at(-1)).toBe('acme 1')
  })

  test('is through at once with all that a suspended class has waiting', async () => {
    const { clock, given, submit } = world()
    submit('acme', ...Array.from({ length: maxWaitingItems }, () => 'hang'))
    await clock.pass(overranMs * (maxOverrunsOfClass + 1))
    expect(given).toHaveLength(maxWaitingItems)
  })

  test('has no room for more of an organization than it can evaluate; waits for that, but not time and again', async () => {
    const { clock, pool, submit } = world()
    submit('greedy', ...Array.from({ length: maxWaitingItems }, () => 'hang'))
    let answer: boolean | undefined
    const ask = async (): Promise<void> => {
      answer = await pool.whenRoom('greedy', 250)
    }
    void ask()
    await clock.pass(249)
    expect(answer).toBeUndefined()
    await clock.pass(10)
    expect(answer).toBe(false)
    answer = undefined
    void ask()
    await clock.pass(0)
    expect(answer).toBe(false)
    expect(await pool.whenRoom('modest', 0)).toBe(true)
  })

  test('has room again when what waited is evaluated', async () => {
    const { clock, pool, submit } = world()
    submit('acme', ...Array.from({ length: maxWaitingItems }, () => 'slow'))
    let answer: boolean | undefined
    void pool.whenRoom('acme', 250).then((hasRoom) => (answer = hasRoom))
    await clock.pass(20)
    expect(answer).toBe(true)
  })
})

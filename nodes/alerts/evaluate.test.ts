import { describe, expect, test } from 'vitest'
import type { CompiledRule } from './compile-rule.ts'
import { advance, closed, evaluate, newWatch, type Transition, type WatchedReading } from './evaluate.ts'
import { aCompiledRule, at } from './rule.fixture.ts'

const born = { ts: 0, wall: 0 }

/** What the readings come to, as `fired 12s` and `resolved 20s`; then time passes until a second. */
function told(
  rule: CompiledRule,
  readings: readonly WatchedReading[],
  untilSeconds?: number,
): readonly string[] {
  let state = newWatch(rule, born)
  const all: Transition[] = []
  for (const reading of readings) {
    const [next, transitions] = evaluate(state, reading, rule)
    state = next
    all.push(...transitions)
  }
  if (untilSeconds !== undefined)
    all.push(...advance(state, { ts: -Infinity, wall: untilSeconds * 1000 }, rule)[1])
  return all.map(({ atMs, kind }) => `${kind} ${atMs / 1000}s`)
}

const rule = aCompiledRule
const series = (...values: readonly number[]): readonly WatchedReading[] =>
  values.map((value, index) => at(index + 1, value))

describe('a condition', () => {
  test.each([
    ['above, exactly at it', { kind: 'above', port: 1, value: 30 }, [30, 30.001], ['fired 2s']],
    ['below', { kind: 'below', port: 1, value: 5 }, [5, 4.9, 5], ['fired 2s', 'resolved 3s']],
    [
      'between, with its ends',
      { kind: 'between', port: 1, low: 1, high: 2 },
      [0, 1, 2, 3],
      ['fired 2s', 'resolved 4s'],
    ],
    [
      'outside, without them',
      { kind: 'outside', port: 1, low: 1, high: 2 },
      [1, 2, 2.5, 2],
      ['fired 3s', 'resolved 4s'],
    ],
    ['equals', { kind: 'equals', port: 1, value: 0 }, [1, 0, 1], ['fired 2s', 'resolved 3s']],
    [
      'rising',
      { kind: 'rate', port: 1, perMinute: 60, direction: 'rising' },
      [0, 1, 3, 0],
      ['fired 3s', 'resolved 4s'],
    ],
    [
      'falling',
      { kind: 'rate', port: 1, perMinute: 60, direction: 'falling' },
      [5, 3, 3],
      ['fired 2s', 'resolved 3s'],
    ],
    [
      'either',
      { kind: 'rate', port: 1, perMinute: 60, direction: 'either' },
      [5, 3, 5, 5],
      ['fired 2s', 'resolved 4s'],
    ],
    [
      'deviation',
      { kind: 'deviation', port: 1, windowMs: 2000, percent: 10 },
      [10, 10, 11, 11.1, 13],
      ['fired 5s'],
    ],
  ] as const)('%s', (_, condition, values, expected) => {
    expect(told(rule({ condition }), series(...values))).toEqual(expected)
  })

  test('with clearAt ends when the value is back at it, and begins anew above the value only', () => {
    const condition = { kind: 'above', port: 1, value: 30, clearAt: 28 }
    expect(told(rule({ condition }), series(31, 29, 28, 29, 31))).toEqual([
      'fired 1s',
      'resolved 3s',
      'fired 5s',
    ])
  })

  test('no data fires by time alone, and any reading ends it', () => {
    const condition = { kind: 'no-data', port: 1, forMs: 10_000 }
    expect(told(rule({ condition }), [at(1, 5)], 10)).toEqual([])
    expect(told(rule({ condition }), [at(1, 5)], 11)).toEqual(['fired 11s'])
    expect(told(rule({ condition }), [at(1, 5), at(30, 5)], 31)).toEqual(['fired 11s', 'resolved 30s'])
    expect(told(rule({ condition }), [], 10)).toEqual(['fired 10s'])
  })

  test('so many within a time counts by when they were measured, of whichever port and in whatever order', () => {
    const of = [1, 2].map((port) => ({ kind: 'above', port, value: 5 }))
    const often = rule({ condition: { kind: 'any', of }, occurrences: { count: 2, withinMs: 1000 } })
    // Port 1 has a clock that is ahead.
    expect(told(often, [at(79, 6), at(50, 6, 2), at(80, 6)])).toEqual(['fired 80s'])
  })

  test('ended and fired again in one instant it is another alert', () => {
    const of = [
      { kind: 'no-data', port: 1, forMs: 10_000 },
      { kind: 'above', port: 2, value: 5 },
    ]
    const either = rule({ condition: { kind: 'any', of } })
    expect(told(either, [at(1, 5), at(11, 5), at(11, 6, 2)])).toEqual([
      'fired 11s',
      'resolved 11s',
      'fired 11.001s',
    ])
  })

  test('no data of any port hears all of them', () => {
    const condition = { kind: 'no-data', forMs: 10_000 }
    expect(told(rule({ condition }), [at(1, 5), at(9, 5, 7), at(18, 5, 2)], 27)).toEqual([])
  })

  test('all and any of several ports make one alert', () => {
    const of = [
      { kind: 'above', port: 1, value: 30 },
      { kind: 'above', port: 2, value: 60 },
    ]
    const readings = [at(1, 31), at(2, 61, 2), at(3, 29), at(4, 59, 2)]
    expect(told(rule({ condition: { kind: 'all', of } }), readings)).toEqual(['fired 2s', 'resolved 3s'])
    expect(told(rule({ condition: { kind: 'any', of } }), readings)).toEqual(['fired 1s', 'resolved 4s'])
  })
})

describe('a reading', () => {
  test('that is not newer than the newest of its port neither fires nor resolves', () => {
    expect(told(rule(), [at(5, 20), at(4, 99), at(5, 99)])).toEqual([])
    expect(told(rule(), [at(5, 99), at(4, 20), at(5, 99), at(6, 20)])).toEqual(['fired 5s', 'resolved 6s'])
  })

  test('of another port is nothing to it', () => {
    const state = newWatch(rule(), born)
    expect(evaluate(state, at(1, 99, 2), rule())[0]).toBe(state)
  })
})

describe('sustained', () => {
  const sustained = rule({ sustainedForMs: 10_000 })

  test('fires when it has lasted, without another reading, and not a moment earlier', () => {
    expect(told(sustained, [at(1, 31)], 10.999)).toEqual([])
    expect(told(sustained, [at(1, 31)], 11)).toEqual(['fired 11s'])
  })

  test('begins anew when it was broken', () => {
    expect(told(sustained, [at(1, 31), at(5, 30), at(6, 31)], 15)).toEqual([])
    expect(told(sustained, [at(1, 31), at(5, 30), at(6, 31)], 16)).toEqual(['fired 16s'])
  })

  test('fires at its time though the reading that shows it comes later, and that one may end it', () => {
    expect(told(sustained, [at(1, 31), at(20, 20)])).toEqual(['fired 11s', 'resolved 20s'])
  })

  test('counts by the readings’ time when they come late, and by the clock where none comes', () => {
    const late = (seconds: number, value: number): WatchedReading => at(seconds, value, 1, 3_600_000)
    expect(told(sustained, [late(1, 31), late(5, 20)], 3700)).toEqual([])
    expect(told(sustained, [late(1, 31)], 3610)).toEqual([])
    expect(told(sustained, [late(1, 31)], 3611)).toEqual(['fired 11s'])
  })
})

describe('occurrences', () => {
  const thrice = rule({ occurrences: { count: 3, withinMs: 10_000 } })

  test('counts readings that violate, with others in between', () => {
    expect(told(thrice, series(31, 20, 32, 20, 33))).toEqual(['fired 5s'])
  })
  test('forgets what is older than the window, and begins anew after it ended', () => {
    expect(told(thrice, [at(1, 31), at(2, 31), at(13, 31)])).toEqual([])
    expect(told(thrice, series(31, 31, 31, 20, 31, 31))).toEqual(['fired 3s', 'resolved 4s'])
  })
})

test('cool-down counts from one firing to the next', () => {
  const cooled = rule({ coolDownMs: 10_000 })
  expect(told(cooled, [at(1, 31), at(2, 20), at(10, 31), at(11, 31)])).toEqual([
    'fired 1s',
    'resolved 2s',
    'fired 11s',
  ])
})

test('outside its hours it fires nothing, and ends what is open', () => {
  const activeHours = { timeZone: 'UTC', days: ['thu'], from: '00:01', to: '00:02' }
  const readings = [at(59, 31), at(61, 31), at(121, 20), at(122, 31)]
  expect(told(rule({ activeHours }), readings)).toEqual(['fired 61s', 'resolved 121s'])
  expect(told(rule({ activeHours, sustainedForMs: 30_000 }), [at(10, 31)], 59)).toEqual([])
  expect(told(rule({ activeHours, sustainedForMs: 30_000 }), [at(10, 31)], 60)).toEqual(['fired 60s'])
})

test('what still violates after somebody has resolved it fires again', () => {
  const [state] = evaluate(newWatch(rule(), born), at(1, 31), rule())
  expect(closed(state, 999)).toBe(state)
  expect(evaluate(closed(state, 1000), at(2, 31), rule())[1]).toMatchObject([{ kind: 'fired', atMs: 2000 }])
})

test('an alert whose reading comes again, after a crash, is the same', () => {
  const [open] = evaluate(newWatch(rule(), born), at(9, 99), rule())
  const forgotten = { ...open, newest: newWatch(rule(), born).newest }
  let state = forgotten
  const again: Transition[] = []
  for (const reading of [at(5, 20), at(9, 99)]) {
    const [next, transitions] = evaluate(state, reading, rule())
    state = next
    again.push(...transitions)
  }
  expect(again.filter(({ kind }) => kind === 'fired')).toMatchObject([{ firedAtMs: 9000 }])
})

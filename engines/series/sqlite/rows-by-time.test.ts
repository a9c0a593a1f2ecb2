import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RowsByTime } from './rows-by-time.ts'

interface Row {
  readonly series: number
  readonly ts: number
}

/** An index over times whose reads are counted: each step of a search reads one, or two. */
class IndexUnderTest {
  readonly ts: Float64Array
  readonly index: RowsByTime
  rows = 0
  reads = 0

  constructor(capacity: number) {
    this.ts = new Float64Array(capacity)
    const counted = new Proxy(this.ts, {
      get: (target, key) => {
        this.reads++
        return Reflect.get(target, key)
      },
    })
    this.index = new RowsByTime(counted, capacity)
  }

  add({ series, ts }: Row): void {
    this.ts[this.rows] = ts
    this.index.add(series, this.rows, false)
    this.rows++
  }
}

const COUNT = 4_000
/** Reads of a time that a look-up and an append may take: some for each time the rows can be halved. */
const MOST_READS = 6 * Math.ceil(Math.log2(COUNT))

const orders: Readonly<Record<string, (i: number) => Row>> = {
  'oldest first': (i) => ({ series: 1, ts: i }),
  'newest first': (i) => ({ series: 1, ts: -i }),
  'zigzag outwards': (i) => ({ series: 1, ts: i % 2 === 0 ? i : -i }),
  'zigzag inwards': (i) => ({ series: 1, ts: i % 2 === 0 ? i : COUNT - i }),
  'all at the same time': () => ({ series: 1, ts: 7 }),
  'the newest of all before the others': (i) => ({ series: 1, ts: i === 0 ? COUNT : i }),
  'ports in turns, each newest first': (i) => ({ series: 1 + (i % 3), ts: -i }),
  'in blocks, the newest block first': (i) => ({ series: 1, ts: (i % 100) - Math.floor(i / 100) * 100 }),
  'without an order': (i) => ({ series: 1, ts: (i * 7919) % COUNT }),
}

describe('rows of a tail by time', () => {
  it.each(Object.entries(orders))('are put in and found in log time, %s', (_, rowAt) => {
    const test = new IndexUnderTest(COUNT)
    let most = 0
    const count = (act: () => void): void => {
      const before = test.reads
      act()
      most = Math.max(most, test.reads - before)
    }
    for (let i = 0; i < COUNT; i++) {
      const row = rowAt(i)
      // As dedupe does before each batch. The first look-up after others were chained adds their jumps.
      count(() => test.index.contains(row.series, row.ts))
      count(() => test.add(row))
    }
    for (let i = 0; i < COUNT; i++) {
      const { series, ts } = rowAt(i)
      count(() => expect(test.index.contains(series, ts)).toBe(true))
      count(() => expect(test.index.contains(series, ts + 0.5)).toBe(false))
    }
    expect(most).toBeLessThanOrEqual(MOST_READS)
  })

  it('cost a look-up after a long silence one way along the chain, and the next one no more', () => {
    const test = new IndexUnderTest(COUNT)
    for (let i = 0; i < COUNT; i++) test.add({ series: 1, ts: i })
    test.index.contains(1, 0)
    test.reads = 0
    for (let ts = 0; ts < COUNT; ts++) test.index.contains(1, ts)
    expect(test.reads).toBeLessThanOrEqual(COUNT * MOST_READS)
    test.reads = 0
    expect(Array.from(test.index.between(1, 100, 110))).toEqual([
      100, 101, 102, 103, 104, 105, 106, 107, 108, 109,
    ])
    expect(test.index.oldest(1)).toBe(0)
    expect(test.reads).toBeLessThanOrEqual(3 * MOST_READS)
  })

  it('cost an append in order of time no more than a glance at the one before', () => {
    const test = new IndexUnderTest(COUNT)
    for (let i = 0; i < COUNT; i++) test.add({ series: 1, ts: i })
    expect(test.reads).toBeLessThanOrEqual(2 * COUNT)
  })

  const series = fc.constantFrom(1, 2, 3000)
  const time = fc.integer({ min: -12, max: 12 })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), series, ts: time }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('ask' as const), series, fromMs: time, toMs: time }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  )

  it('are what a plain list would find, in any order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const test = new IndexUnderTest(200)
        let model: Row[] = []
        const found: unknown[] = []
        const expected: unknown[] = []
        for (const taken of steps) {
          if (taken.kind === 'add') {
            test.add(taken)
            model.push(taken)
          } else if (taken.kind === 'clear') {
            test.index.clear(test.rows)
            test.rows = 0
            model = []
          } else {
            found.push(answersOf(test.index, taken))
            expected.push(answersFrom(model, taken))
          }
        }
        expect(found).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })
})

interface Question {
  readonly series: number
  readonly fromMs: number
  readonly toMs: number
}

const answersOf = (index: RowsByTime, { series, fromMs, toMs }: Question): unknown => ({
  rows: Array.from(index.between(series, fromMs, toMs)),
  contains: index.contains(series, fromMs),
  oldest: index.oldest(series),
})

function answersFrom(rows: readonly Row[], { series, fromMs, toMs }: Question): unknown {
  const own = rows
    .map((of, row) => ({ ...of, row }))
    .filter((of) => of.series === series)
    .sort((a, b) => a.ts - b.ts || a.row - b.row)
  return {
    rows: own.filter(({ ts }) => ts >= fromMs && ts < toMs).map(({ row }) => row),
    contains: own.some(({ ts }) => ts === fromMs),
    oldest: own[0]?.ts,
  }
}

import { describe, expect, it } from 'vitest'

import { BucketFold } from '../../../nodes/platform/series/bucket-fold.ts'
import { EvenGrid } from '../../../nodes/platform/series/bucket-grid.ts'
import { chooseRollUp } from './roll-up.ts'
import { addRollup, rollupsOf } from './rollup.ts'
import type { Run } from './schema.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `count` readings from midnight on, `everyMs` apart. */
function folded(widthMs: number, count: number, everyMs: number): BucketFold {
  const fold = new BucketFold(new EvenGrid(widthMs))
  for (let i = 0; i < count; i++) fold.add(DAY_MS + i * everyMs, Math.sin(i))
  return fold
}

describe('Rollups', () => {
  it('come to what the readings themselves come to', () => {
    const rollups = new Map(rollupsOf(folded(MINUTE_MS, 17_280, 5000)))
    expect([...rollups.keys()]).toEqual([MINUTE_MS, HOUR_MS, DAY_MS])
    for (const [widthMs, data] of rollups) {
      const again = new BucketFold(new EvenGrid(widthMs))
      addRollup(data, again)
      const expected = folded(widthMs, 17_280, 5000).buckets()
      const found = again.buckets()
      expect(found.map(({ avg: _avg, ...rest }) => rest)).toEqual(
        expected.map(({ avg: _avg, ...rest }) => rest),
      )
      for (const [i, { avg }] of found.entries()) expect(avg).toBeCloseTo(expected[i]?.avg ?? Number.NaN, 12)
    }
  })

  it('are left out where counting is as quick', () => {
    const widths = (count: number, everyMs: number): readonly number[] =>
      [...rollupsOf(folded(MINUTE_MS, count, everyMs))].map(([widthMs]) => widthMs)
    expect(widths(720, 2 * MINUTE_MS)).toEqual([HOUR_MS, DAY_MS])
    expect(widths(24, HOUR_MS)).toEqual([DAY_MS])
    expect(widths(3, 1000)).toEqual([])
  })
})

describe('The next run to roll up', () => {
  const run = (overrides: Partial<Run>): Run => ({
    run: 1,
    day: 1,
    level: 1,
    age: 1,
    readings: 100,
    chunks: 1,
    bytes: 100,
    minTs: DAY_MS,
    maxTs: 2 * DAY_MS - 1,
    atMs: 2 * DAY_MS + HOUR_MS,
    isRolledUp: false,
    ...overrides,
  })
  const now = 3 * DAY_MS

  it('is one of a day that is over, written a while ago, and not rolled up yet', () => {
    const next = run({})
    const others = [run({ isRolledUp: true }), run({ day: 3 }), run({ day: 2, atMs: now + 1 })]
    expect(chooseRollUp([...others, next], now)).toBe(next)
    expect(chooseRollUp(others, now)).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'

import { BucketFold, Totals } from './bucket-fold.ts'
import { EvenGrid } from './bucket-grid.ts'

describe('Buckets', () => {
  it('average the largest numbers there are', () => {
    const fold = new BucketFold(new EvenGrid(60_000))
    for (const value of [1.79e308, 1.79e308, 1.79e308]) fold.add(0, value)
    for (const value of [1.79e308, -1.79e308]) fold.add(60_000, value)
    expect(fold.buckets().map(({ avg }) => avg)).toEqual([1.79e308, 0])
  })

  it('have an average between the least and the greatest, whatever rounding does', () => {
    const fold = new BucketFold(new EvenGrid(60_000))
    // 0.1 + 0.1 + 0.1 is more than 0.3.
    for (const value of [0.1, 0.1, 0.1]) fold.add(0, value)
    expect(fold.buckets()).toEqual([{ ts: 0, min: 0.1, max: 0.1, avg: 0.1, count: 3, last: 0.1 }])
  })

  it('take what was folded before like the readings themselves', () => {
    const values = [3, 1, 2, 9, 4]
    const plain = new BucketFold(new EvenGrid(3_600_000))
    const folded = new BucketFold(new EvenGrid(3_600_000))
    for (const [i, value] of values.entries()) {
      plain.add(i * 900_000, value)
      const totals = new Totals()
      totals.add(value)
      folded.addTotals(i * 900_000, totals)
    }
    folded.addTotals(4 * 900_000, new Totals())
    expect(folded.buckets()).toEqual(plain.buckets())
    expect(folded.buckets()).toEqual([
      { ts: 0, min: 1, max: 9, avg: 3.75, count: 4, last: 9 },
      { ts: 3_600_000, min: 4, max: 4, avg: 4, count: 1, last: 4 },
    ])
  })
})
